import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SupervisorClient } from "../supervisor-client.ts";

export type KeptConfiguration =
  | { readonly kind: "unchanged" | "loaded" | "unreachable" }
  /** NGINX's words; what ran before runs on, if anything did. */
  | { readonly kind: "refused"; readonly problems: readonly string[]; readonly runs: boolean };

/**
 * Brings a rendered configuration to NGINX: tested, put in place, loaded. Equal bytes are loaded once, also across
 * restarts of this process, since the supervisor knows what NGINX runs with; a refused text is tested once.
 */
export function createConfigurationKeeper(options: {
  readonly folder: string;
  readonly check: (candidate: string) => Promise<readonly string[]>;
  readonly supervisor: SupervisorClient;
}): (text: string) => Promise<KeptConfiguration> {
  const { folder, check, supervisor } = options;
  const configuration = join(folder, "nginx.conf");
  const candidate = join(folder, "candidate.conf");
  let refused: string | undefined;
  return async (text) => {
    if (text === refused) return { kind: "unchanged" };
    const nginx = await supervisor.nginx();
    if (nginx === undefined) return { kind: "unreachable" };
    if (nginx.digest === Bun.SHA256.hash(text, "hex")) return { kind: "unchanged" };
    writeFileSync(candidate, text);
    const problems = await check(candidate);
    if (problems.length > 0) {
      refused = text;
      return { kind: "refused", problems, runs: nginx.digest !== null };
    }
    renameSync(candidate, configuration);
    const loaded = await supervisor.load(configuration);
    return { kind: loaded === undefined ? "unreachable" : "loaded" };
  };
}
