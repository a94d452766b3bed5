import type { Checked } from "@flotilla/common/checked";
import { Command } from "commander";
import { addModelCommands } from "./commands/add-model-commands.ts";
import { addOperationCommands } from "./commands/add-operation-commands.ts";
import { configCheck } from "./commands/config-check.ts";
import { configShow } from "./commands/config-show.ts";
import { runModels } from "./commands/models.ts";
import { operate } from "./commands/operate.ts";
import type { Report } from "./commands/report.ts";
import { runSessions } from "./commands/sessions.ts";
import { runStatus } from "./commands/status.ts";
import { EXIT_CONFIGURATION, EXIT_FAILED, EXIT_FORCED } from "./exit-codes.ts";
import type { CommandSettings } from "./read-command-settings.ts";
import { addSettingFlags } from "./setting-flags.ts";

/** What the commands need of the world. */
export interface Shell {
  readonly version: string;
  readonly write: (text: string) => void;
  readonly writeProblems: (problems: readonly string[]) => void;
  /** Shows one line in place of the last, where somebody watches. */
  readonly progress: ((line: string) => void) | undefined;
  readonly exit: (code: number) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly onInterrupt: (listener: () => void) => void;
  readonly readSettings: (options: Readonly<Record<string, unknown>>) => Checked<CommandSettings>;
  readonly dev: (
    read: CommandSettings,
    readAgain: () => Checked<CommandSettings>,
  ) => Promise<number>;
}

interface JsonOption {
  readonly json?: true;
}

export function createProgram(shell: Shell): Command {
  const { writeProblems, exit } = shell;
  const tools = commandTools(shell);
  const { withSettings, print } = tools;
  const program = new Command("flotilla")
    .description("ONNX models served by a fleet of replicas behind NGINX, over HTTP and gRPC")
    .version(shell.version)
    .exitOverride();
  addSettingFlags(program.command("dev").description("run a fleet on this machine"))
    .addHelpText("after", "\nEach setting is also a variable, FLOTILLA_HTTP_PORT for --http-port.")
    .action((options) =>
      withSettings(options, (read) => shell.dev(read, () => shell.readSettings(options))),
    );
  addSettingFlags(program.command("status"), ["ops_host", "ops_port"])
    .description("show the replicas of the running fleet")
    .option("--json", "as JSON")
    .action((options: JsonOption) =>
      withSettings(options, async ({ settings }) =>
        print(await runStatus({ settings, json: options.json ?? false })),
      ),
    );
  const models = addSettingFlags(program.command("models"), ["host", "http_port"])
    .description("show the models of the running fleet")
    .option("--json", "as JSON")
    .action((options: JsonOption) =>
      withSettings(options, async ({ settings }) =>
        print(await runModels({ settings, json: options.json ?? false })),
      ),
    );
  addSettingFlags(program.command("sessions"), ["ops_host", "ops_port"])
    .description("show the conversations of the running fleet")
    .option("--json", "as JSON")
    .action((options: JsonOption) =>
      withSettings(options, async ({ settings }) =>
        print(await runSessions({ settings, json: options.json ?? false })),
      ),
    );
  addOperationCommands(program, (options, operation) =>
    withSettings(options, async ({ settings }) => {
      const { progress } = shell;
      shell.onInterrupt(() => {
        progress?.("");
        writeProblems(["the fleet goes on with it; `flotilla status` shows how far it is"]);
        exit(EXIT_FORCED);
      });
      return print(await operate({ settings, operation, json: options.json ?? false, progress }));
    }),
  );
  addModelCommands(program, models, tools);
  addConfigCommands(program.command("config").description("look at the settings"), tools);
  return program;
}

/** What a command is made with. */
export interface CommandTools extends Pick<Shell, "environment"> {
  /** The settings, or the end of the command. */
  readonly withSettings: (
    options: object,
    run: (read: CommandSettings) => Promise<number>,
  ) => Promise<void>;
  /** Lines, or problems; the exit code. */
  readonly print: (lines: Checked<readonly string[]>, exitRefused?: number) => number;
  readonly report: (report: Report) => number;
}

function commandTools(shell: Shell): CommandTools {
  const { environment, writeProblems, exit } = shell;
  const writeLines = (lines: readonly string[]) => shell.write(`${lines.join("\n")}\n`);
  return {
    environment,
    async withSettings(options, run) {
      const read = shell.readSettings(options as Readonly<Record<string, unknown>>);
      if (!read.ok) writeProblems(read.problems);
      exit(read.ok ? await run(read.value) : EXIT_CONFIGURATION);
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

function addConfigCommands(config: Command, use: CommandTools): void {
  addSettingFlags(config.command("check"))
    .description("name everything that is wrong with the settings")
    .action((options) =>
      use.withSettings(options, async ({ settings }) =>
        use.print(await configCheck({ ...use, settings }), EXIT_CONFIGURATION),
      ),
    );
  addSettingFlags(config.command("show"))
    .description("show every setting, and where its value came from")
    .option("--json", "as JSON")
    .action((options: JsonOption) =>
      use.withSettings(options, async (read) =>
        use.print({ ok: true, value: configShow(read, { json: options.json ?? false }) }),
      ),
    );
}
