import { join } from "node:path";
import { type Checked, refused } from "@flotilla/common/checked";
import { formatNginxVersion } from "@flotilla/common/nginx-version";
import { perReplicaProblems } from "@flotilla/common/per-replica-problems";
import type { Settings } from "@flotilla/common/settings";
import { parseStore } from "@flotilla/conversations/parse-store";
import { fetchedNginx } from "@flotilla/nginx-binary/fetch-nginx";
import { findNginx } from "@flotilla/nginx-binary/find-nginx";
import { strategyClash } from "@flotilla/nginx-config/strategy-clash";
import { REPOSITORY } from "../repository-folder.ts";

/** What a start would find wrong with settings that are right each for itself. The lines to print. */
export async function configCheck(options: {
  readonly settings: Settings;
  readonly environment: Readonly<Record<string, string | undefined>>;
}): Promise<Checked<readonly string[]>> {
  const { settings, environment } = options;
  const problems = [...perReplicaProblems(settings), ...storeProblems(settings)];
  const nginx = await findNginx({
    configured: settings.nginx,
    path: environment["PATH"] ?? "",
    toolsFolder: join(REPOSITORY, ".tools"),
    onProgress() {},
    // A start may fetch one; a check changes nothing.
    fetch: fetchedNginx,
  });
  if (nginx.ok) problems.push(...strategyClash(settings.strategy, nginx.value.version));
  else if (settings.nginx !== "") problems.push(...nginx.problems);
  if (problems.length > 0) return refused(...problems);
  const against = nginx.ok
    ? `NGINX ${formatNginxVersion(nginx.value.version)}`
    : "no NGINX, for none is here yet";
  return { ok: true, value: [`the settings are fine (checked against ${against})`] };
}

function storeProblems({ session_store }: Settings): readonly string[] {
  // Alone it is a file in the state folder.
  if (session_store === "sqlite:") return [];
  const parsed = parseStore(session_store);
  return parsed.ok ? [] : parsed.problems.map((problem) => `session_store: ${problem}`);
}
