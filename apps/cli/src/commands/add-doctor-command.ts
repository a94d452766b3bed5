import type { Command } from "commander";
import { addSettingFlags } from "../setting-flags.ts";

interface DoctorOptions {
  readonly json?: true;
}

export function addDoctorCommand(
  program: Command,
  run: (options: DoctorOptions) => Promise<void>,
): void {
  addSettingFlags(program.command("doctor"))
    .description("look at all that a start or a running fleet depends on")
    .option("--json", "as JSON")
    .addHelpText("after", "\nIt changes nothing. The exit code is 0 if nothing is wrong, else 1.")
    .action(run);
}
