import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SupervisedNginx, SupervisorClient } from "../supervisor-client.ts";

type KeptConfiguration =
  | { readonly kind: "unchanged" | "loaded" | "unreachable" }
  /** NGINX's words; what ran before runs on, if anything did. */
  | { readonly kind: "refused"; readonly problems: readonly string[]; readonly runs: boolean };

export interface ConfigurationKeeper {
  /** What NGINX was last told to load; undefined: nothing, or it is not known. */
  loaded(nginx: SupervisedNginx): string | undefined;
  /**
   * Brings a rendered configuration to NGINX: tested, put in place, loaded. Equal bytes are loaded once, also across
   * restarts of this process, since the supervisor knows what NGINX runs with; a refused text is tested once.
   */
  keep(text: string): Promise<KeptConfiguration>;
  /** What NGINX has against it. */
  test(text: string): Promise<readonly string[]>;
}

export function createConfigurationKeeper(options: {
  readonly folder: string;
  readonly check: (candidate: string) => Promise<readonly string[]>;
  readonly supervisor: SupervisorClient;
}): ConfigurationKeeper {
  const { folder, check, supervisor } = options;
  const configuration = join(folder, "nginx.conf");
  const candidate = join(folder, "candidate.conf");
  /** Of its own: an operation's test may come in the middle of the other. */
  const trial = join(folder, "trial.conf");
  let refused: { readonly text: string; readonly problems: readonly string[] } | undefined;
  let last: { readonly text: string; readonly digest: string } | undefined;
  return {
    loaded({ digest }) {
      if (digest !== null && last?.digest !== digest) last = readConfiguration(configuration);
      return last?.digest === digest ? last?.text : undefined;
    },
    async keep(text) {
      const nginx = await supervisor.nginx();
      if (nginx === undefined) return { kind: "unreachable" };
      if (nginx.digest === digestOf(text)) return { kind: "unchanged" };
      if (text !== refused?.text) {
        writeFileSync(candidate, text);
        refused = { text, problems: await check(candidate) };
      }
      if (refused.problems.length > 0) {
        return { kind: "refused", problems: refused.problems, runs: nginx.digest !== null };
      }
      refused = undefined;
      renameSync(candidate, configuration);
      const loaded = await supervisor.load(configuration);
      return { kind: loaded === undefined ? "unreachable" : "loaded" };
    },
    async test(text) {
      writeFileSync(trial, text);
      const problems = await check(trial);
      // What the text includes may have been mended.
      if (problems.length === 0 && text === refused?.text) refused = undefined;
      return problems;
    },
  };
}

function readConfiguration(file: string) {
  try {
    const text = readFileSync(file, "utf8");
    return { text, digest: digestOf(text) };
  } catch {
    return undefined; // none was put in place yet
  }
}

function digestOf(text: string): string {
  return Bun.SHA256.hash(text, "hex");
}
