import type { Settings } from "@flotilla/common/settings";
import { inspectSqliteFile } from "@flotilla/conversations/inspect-sqlite-file";
import { parseStore } from "@flotilla/conversations/parse-store";
import type { RedisAddress } from "@flotilla/conversations/redis-address";
import { openRedisStore } from "@flotilla/conversations/redis-store";
import { storeText } from "@flotilla/conversations/store-text";
import { bytesText, type Finding, judge } from "./finding.ts";

export async function storeFindings(settings: Settings): Promise<readonly Finding[]> {
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
  return place.value.kind === "redis"
    ? await redisFindings(place.value.address)
    : sqliteFindings(place.value.path);
}

/** No conversation is written. */
const NO_LIMITS = { conversationsLimit: 1, bytesLimit: 1 };

async function redisFindings(address: RedisAddress): Promise<readonly Finding[]> {
  const store = openRedisStore({ address, limits: NO_LIMITS });
  // Done when it has connected; one that is full can be read, and is down for turns.
  const listed = await store.list({ limit: 1 });
  const health = store.health();
  await store.close();
  const failures = [listed, health].flatMap((one) =>
    "failure" in one ? [one.failure.detail] : [],
  );
  return judge("sessions", failures.slice(0, 1), `${address.shown} answers`);
}

function sqliteFindings(path: string): readonly Finding[] {
  const file = inspectSqliteFile(path);
  if (!file.ok) return judge("sessions", file.problems, "");
  const text =
    file.value === undefined
      ? `${path}, made at the first start`
      : `${path}: ${file.value.conversations} conversations, ${bytesText(file.value.bytes)}`;
  return judge("sessions", [], text);
}
