import type { Settings } from "@flotilla/common/settings";
import { inspectSqliteFile } from "@flotilla/conversations/inspect-sqlite-file";
import { parseStore } from "@flotilla/conversations/parse-store";
import { storeText } from "@flotilla/conversations/store-text";
import { bytesText, type Finding, judge } from "./finding.ts";

export function storeFindings(settings: Settings): readonly Finding[] {
  const place = parseStore(storeText(settings));
  if (!place.ok) {
    return judge(
      "sessions",
      place.problems.map((problem) => `session_store: ${problem}`),
      "",
    );
  }
  if (place.value.kind === "memory") {
    return judge("sessions", [], "in memory: each ends with its replica");
  }
  const { path } = place.value;
  const file = inspectSqliteFile(path);
  if (!file.ok) return judge("sessions", file.problems, "");
  const text =
    file.value === undefined
      ? `${path}, made at the first start`
      : `${path}: ${file.value.conversations} conversations, ${bytesText(file.value.bytes)}`;
  return judge("sessions", [], text);
}
