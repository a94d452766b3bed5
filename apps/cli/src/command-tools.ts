import type { Checked } from "@flotilla/common/checked";
import type { SettingKey, Settings } from "@flotilla/common/settings";
import type { Report } from "./commands/report.ts";
import { EXIT_CONFIGURATION, EXIT_FAILED } from "./exit-codes.ts";
import { type CommandSettings, neededSettings, soundSettings } from "./read-command-settings.ts";
import type { Shell } from "./shell.ts";

/** What a command is made with. */
export interface CommandTools extends Pick<Shell, "environment"> {
  /** What is read, or the end of the command. */
  readonly withRead: (
    read: () => Checked<CommandSettings>,
    run: (read: CommandSettings) => Promise<number>,
  ) => Promise<void>;
  /** The same, of the settings as they are. */
  readonly withSettings: (
    options: object,
    run: (read: CommandSettings) => Promise<number>,
  ) => Promise<void>;
  /** The same for a command that asks a running fleet: of wrong settings, only those that it needs end it. */
  readonly withFleet: (
    needs: { readonly options: object; readonly keys: readonly SettingKey[] },
    run: (settings: Settings) => Promise<number>,
  ) => Promise<void>;
  /** Lines, or problems; the exit code. */
  readonly print: (lines: Checked<readonly string[]>, exitRefused?: number) => number;
  readonly report: (report: Report) => number;
  /** The end of the command, when all that it wrote is read. */
  readonly finish: (code: number) => Promise<void>;
}

export function commandTools(shell: Shell): CommandTools {
  const { environment, writeProblems } = shell;
  const readSettings = (options: object) => shell.readSettings({ ...options });
  const writeLines = (lines: readonly string[]) => shell.write(`${lines.join("\n")}\n`);
  const finish = async (code: number) => {
    await shell.written();
    shell.exit(code);
  };
  const withRead: CommandTools["withRead"] = async (readNow, run) => {
    const read = readNow();
    if (!read.ok) writeProblems(read.problems);
    await finish(read.ok ? await run(read.value) : EXIT_CONFIGURATION);
  };
  return {
    environment,
    finish,
    withRead,
    withSettings: (options, run) => withRead(() => soundSettings(readSettings(options)), run),
    async withFleet({ options, keys }, run) {
      const read = neededSettings(readSettings(options), keys);
      writeProblems(read.ok ? read.value.warnings : read.problems);
      await finish(read.ok ? await run(read.value.settings) : EXIT_CONFIGURATION);
    },
    print(lines, exitRefused = EXIT_FAILED) {
      if (!lines.ok) writeProblems(lines.problems);
      else writeLines(lines.value);
      return lines.ok ? 0 : exitRefused;
    },
    report({ lines, problems, isWrong = problems.length > 0 }) {
      if (lines.length > 0) writeLines(lines);
      writeProblems(problems);
      return isWrong ? EXIT_CONFIGURATION : 0;
    },
  };
}
