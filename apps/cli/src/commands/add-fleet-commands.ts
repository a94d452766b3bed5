import { type Checked, refused } from "@flotilla/common/checked";
import type { Command } from "commander";
import type { CommandTools } from "../command-tools.ts";
import { type CommandSettings, soundSettings } from "../read-command-settings.ts";
import { addSettingFlags } from "../setting-flags.ts";
import type { Shell } from "../shell.ts";

/** The commands that are a fleet's supervisor until it ends. */
export function addFleetCommands(
  program: Command,
  { dev, readSettings }: Pick<Shell, "dev" | "readSettings">,
  { withRead }: Pick<CommandTools, "withRead">,
): void {
  const add = (
    name: string,
    description: string,
    change: (read: CommandSettings) => Checked<CommandSettings>,
  ) =>
    addSettingFlags(program.command(name))
      .description(description)
      .addHelpText(
        "after",
        "\nEach setting is also a variable, FLOTILLA_HTTP_PORT for --http-port.",
      )
      .action((options) => {
        const read = () => {
          const sound = soundSettings(readSettings(options));
          return sound.ok ? change(sound.value) : sound;
        };
        return withRead(read, (settings) => dev(settings, read));
      });
  add("dev", "run a fleet on this machine", (read) => ({ ok: true, value: read }));
  add("up", "run NGINX and its gateway for replicas that another system runs", asUp);
}

/** Sources are no business of a fleet that is in use. */
function asUp(read: CommandSettings): Checked<CommandSettings> {
  const { settings } = read;
  return settings.replica_hosts === ""
    ? refused(
        "replica_hosts: `up` needs to know where the replicas are; mend: name them in FLOTILLA_REPLICA_HOSTS, or let `dev` start some",
      )
    : { ok: true, value: { ...read, settings: { ...settings, watch: false } } };
}
