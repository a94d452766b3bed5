import { settingSchema } from "@flotilla/common/settings";
import { Argument, type Command, InvalidArgumentError } from "commander";
import { addSettingFlags, OPERATIONS_KEYS } from "../setting-flags.ts";
import type { Operation } from "./operate.ts";

export interface OperationOptions {
  readonly json?: true;
}

/** The commands that change a running fleet: each is one call of the gateway, and is done when that answers. */
export function addOperationCommands(
  program: Command,
  run: (options: OperationOptions, operation: Operation) => Promise<void>,
): void {
  const add = (name: string, description: string) =>
    addSettingFlags(program.command(name), OPERATIONS_KEYS)
      .description(description)
      .option("--json", "print the fleet's status as JSON");
  const replica = () => new Argument("<id>", "as `status` shows it: server-2").argParser(replicaId);

  add("drain", "take a replica out without a failed request, and end its process")
    .addArgument(replica())
    .addHelpText(
      "after",
      "\nNGINX sends it nothing new, what is in flight is finished, its process ends and stays ended,\nalso over a restart of the fleet, until it is returned. The only one that serves is not drained.",
    )
    .action((id: string, options: OperationOptions) =>
      run(options, {
        method: "POST",
        path: `/replicas/${id}/drain`,
        done: `${id} is drained and its process has ended; \`flotilla return ${id}\` starts it again`,
      }),
    );
  add("return", "start a drained replica again, and wait until it serves")
    .addArgument(replica())
    .action((id: string, options: OperationOptions) =>
      run(options, { method: "POST", path: `/replicas/${id}/return`, done: `${id} serves` }),
    );
  add("restart", "restart every replica, one by one, each ready before the next is drained")
    .addHelpText("after", "\nNo request fails. A replica that does not come back ends the restart.")
    .action((options: OperationOptions) =>
      run(options, { method: "POST", path: "/restart", done: "the replicas were restarted" }),
    );
  add("scale", "grow or shrink the fleet; the highest replicas are drained first")
    .addArgument(new Argument("<replicas>", "how many from now on").argParser(replicaCount))
    .addHelpText(
      "after",
      "\nThe size is kept over a restart of the fleet, until `replicas` is configured anew.",
    )
    .action((replicas: number, options: OperationOptions) =>
      run(options, {
        method: "PUT",
        path: "/scale",
        body: { replicas },
        done: `the fleet has ${replicas} ${replicas === 1 ? "replica" : "replicas"}`,
      }),
    );
  add("reload", "read flotilla.yaml and NGINX's own directives again, and use them")
    .addHelpText("after", "\nWhat is wrong is named, and the running configuration stays.")
    .action((options: OperationOptions) =>
      run(options, { method: "POST", path: "/reload", done: "the settings are in use" }),
    );
}

function replicaId(text: string): string {
  const pattern: string = settingSchema("server_id")["pattern"];
  if (new RegExp(pattern).test(text)) return text;
  throw new InvalidArgumentError("Expected a replica's id, for example server-2.");
}

function replicaCount(text: string): number {
  const { minimum, maximum } = settingSchema("replicas");
  const count = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (count >= minimum && count <= maximum) return count;
  throw new InvalidArgumentError(`Expected a whole number from ${minimum} to ${maximum}.`);
}
