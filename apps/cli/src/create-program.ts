import type { Checked } from "@flotilla/common/checked";
import type { SettingKey, Settings } from "@flotilla/common/settings";
import { Command } from "commander";
import { addDoctorCommand } from "./commands/add-doctor-command.ts";
import { addOperationCommands } from "./commands/add-operation-commands.ts";
import { addPredictCommand } from "./commands/add-predict-command.ts";
import { addQueryCommands } from "./commands/add-query-commands.ts";
import { configShow } from "./commands/config-show.ts";
import type { DoctorOptions } from "./commands/doctor.ts";
import { operate } from "./commands/operate.ts";
import { runPredict, type Terminal } from "./commands/predict.ts";
import { EXIT_CONFIGURATION, EXIT_FAILED, EXIT_FORCED } from "./exit-codes.ts";
import {
  type CommandSettings,
  type LooseCommandSettings,
  neededSettings,
  soundSettings,
} from "./read-command-settings.ts";
import { addSettingFlags, OPERATIONS_KEYS, PREDICT_KEYS } from "./setting-flags.ts";

/** What the commands need of the world. */
export interface Shell extends Terminal {
  readonly version: string;
  /** When whoever reads has all of it: the end of the process would cut it off. */
  readonly written: () => Promise<void>;
  /** Shows one line in place of the last, where somebody watches. */
  readonly progress: ((line: string) => void) | undefined;
  readonly exit: (code: number) => void;
  readonly onInterrupt: (listener: () => void) => void;
  readonly readSettings: (options: Readonly<Record<string, unknown>>) => LooseCommandSettings;
  readonly doctor: (options: Pick<DoctorOptions, "read" | "json">) => Promise<number>;
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
  const readSettings = (options: object) => shell.readSettings({ ...options });
  /** The settings, or the end of the command. */
  const withSettings = async (options: object, run: (read: CommandSettings) => Promise<number>) => {
    const read = soundSettings(readSettings(options));
    if (!read.ok) writeProblems(read.problems);
    exit(read.ok ? await run(read.value) : EXIT_CONFIGURATION);
  };
  const finish = async (code: number) => {
    await shell.written();
    exit(code);
  };
  /** The same for a command that asks a running fleet. */
  const withFleet = async (
    { options, keys }: { readonly options: object; readonly keys: readonly SettingKey[] },
    run: (settings: Settings) => Promise<number>,
  ) => {
    const read = neededSettings(readSettings(options), keys);
    writeProblems(read.ok ? read.value.warnings : read.problems);
    const code = read.ok ? await run(read.value.settings) : EXIT_CONFIGURATION;
    await finish(code);
  };
  const print = (lines: Checked<readonly string[]>) => {
    if (!lines.ok) writeProblems(lines.problems);
    else shell.write(`${lines.value.join("\n")}\n`);
    return lines.ok ? 0 : EXIT_FAILED;
  };

  const program = new Command("flotilla")
    .description("ONNX models served by a fleet of replicas behind NGINX, over HTTP and gRPC")
    .version(shell.version)
    .exitOverride();
  addSettingFlags(program.command("dev").description("run a fleet on this machine"))
    .addHelpText("after", "\nEach setting is also a variable, FLOTILLA_HTTP_PORT for --http-port.")
    .action((options) =>
      withSettings(options, (read) => shell.dev(read, () => soundSettings(readSettings(options)))),
    );
  addQueryCommands(program, (options, { keys, ask }) =>
    withFleet({ options, keys }, async (settings) =>
      print(await ask({ settings, json: options.json ?? false })),
    ),
  );
  addPredictCommand(program, (flags) =>
    withFleet({ options: flags, keys: PREDICT_KEYS }, (settings) =>
      runPredict({ ...flags, settings, terminal: shell }),
    ),
  );
  addOperationCommands(program, (options, operation) =>
    withFleet({ options, keys: OPERATIONS_KEYS }, async (settings) => {
      const { progress } = shell;
      shell.onInterrupt(() => {
        progress?.("");
        writeProblems(["the fleet goes on with it; `flotilla status` shows how far it is"]);
        exit(EXIT_FORCED);
      });
      return print(await operate({ settings, operation, json: options.json ?? false, progress }));
    }),
  );
  addDoctorCommand(program, async (options) => {
    const read = readSettings(options);
    await finish(await shell.doctor({ read, json: options.json ?? false }));
  });
  addConfigCommands(program.command("config").description("look at the settings"), {
    print,
    withSettings,
  });
  return program;
}

function addConfigCommands(
  config: Command,
  use: {
    readonly print: (lines: Checked<readonly string[]>) => number;
    readonly withSettings: (
      options: object,
      run: (read: CommandSettings) => Promise<number>,
    ) => Promise<void>;
  },
): void {
  addSettingFlags(config.command("check"))
    .description("name everything that is wrong with the settings")
    .action((options) =>
      use.withSettings(options, async () =>
        use.print({ ok: true, value: ["the settings are fine"] }),
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
