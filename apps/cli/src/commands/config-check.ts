import { type Checked, refused } from "@flotilla/common/checked";
import { formatNginxVersion } from "@flotilla/common/nginx-version";
import { perReplicaProblems } from "@flotilla/common/per-replica-problems";
import type { Settings } from "@flotilla/common/settings";
import { parseStore } from "@flotilla/conversations/parse-store";
import { storeText } from "@flotilla/conversations/store-text";
import { strategyClash } from "@flotilla/nginx-config/strategy-clash";
import { findNginxHere } from "../find-nginx-here.ts";

/** What a start would find wrong with settings that are right each for itself. The lines to print. */
export async function configCheck(options: {
  readonly settings: Settings;
  readonly environment: Readonly<Record<string, string | undefined>>;
}): Promise<Checked<readonly string[]>> {
  const { settings, environment } = options;
  const problems = [...perReplicaProblems(settings), ...storeProblems(settings)];
  const nginx = await findNginxHere(settings, environment);
  if (nginx.ok) problems.push(...strategyClash(settings.strategy, nginx.value.version));
  else if (settings.nginx !== "") problems.push(...nginx.problems);
  if (problems.length > 0) return refused(...problems);
  const against = nginx.ok
    ? `NGINX ${formatNginxVersion(nginx.value.version)}`
    : "no NGINX, for none is here yet";
  return { ok: true, value: [`the settings are fine (checked against ${against})`] };
}

function storeProblems(settings: Settings): readonly string[] {
  const parsed = parseStore(storeText(settings));
  return parsed.ok ? [] : parsed.problems.map((problem) => `session_store: ${problem}`);
}
