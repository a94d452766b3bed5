import type { Checked } from "@flotilla/common/checked";
import type { SettingKey, Settings } from "@flotilla/common/settings";
import type { Command } from "commander";
import { addSettingFlags, OPERATIONS_KEYS, PUBLIC_KEYS } from "../setting-flags.ts";
import { runModels } from "./models.ts";
import { runSessions } from "./sessions.ts";
import { runStatus } from "./status.ts";

export interface Query {
  /** The settings that it goes by. */
  readonly keys: readonly SettingKey[];
  /** The lines to print. */
  readonly ask: (options: {
    readonly settings: Settings;
    readonly json: boolean;
  }) => Promise<Checked<readonly string[]>>;
}

export interface QueryOptions {
  readonly json?: true;
}

/** The commands that show something of a running fleet. */
export function addQueryCommands(
  program: Command,
  run: (options: QueryOptions, query: Query) => Promise<void>,
): { readonly models: Command } {
  const add = (name: string, { description, ...query }: Query & { readonly description: string }) =>
    addSettingFlags(program.command(name), query.keys)
      .description(description)
      .option("--json", "as JSON")
      .action((options: QueryOptions) => run(options, query));
  add("status", {
    description: "show the replicas of the running fleet",
    keys: OPERATIONS_KEYS,
    ask: runStatus,
  });
  const models = add("models", {
    description: "show the models of the running fleet",
    keys: PUBLIC_KEYS,
    ask: runModels,
  });
  add("sessions", {
    description: "show the conversations of the running fleet",
    keys: OPERATIONS_KEYS,
    ask: runSessions,
  });
  return { models };
}
