import { type Checked, refused } from "@flotilla/common/checked";
import { Command } from "commander";
import { addOperationCommands } from "./commands/add-operation-commands.ts";
import { configShow } from "./commands/config-show.ts";
import { runModels } from "./commands/models.ts";
import { operate } from "./commands/operate.ts";
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
  /** The settings, or the end of the command. */
  const withSettings = async (
    options: object | ReadSettings,
    run: (read: CommandSettings) => Promise<number>,
  ) => {
    const read =
      typeof options === "function"
        ? (options as ReadSettings)()
        : shell.readSettings(options as Readonly<Record<string, unknown>>);
    if (!read.ok) writeProblems(read.problems);
    exit(read.ok ? await run(read.value) : EXIT_CONFIGURATION);
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
  addFleetCommands(program, shell, withSettings);
  addSettingFlags(program.command("status"), ["ops_host", "ops_port"])
    .description("show the replicas of the running fleet")
    .option("--json", "as JSON")
    .action((options: JsonOption) =>
      withSettings(options, async ({ settings }) =>
        print(await runStatus({ settings, json: options.json ?? false })),
      ),
    );
  addSettingFlags(program.command("models"), ["host", "http_port"])
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
  addConfigCommands(program.command("config").description("look at the settings"), {
    print,
    withSettings,
  });
  return program;
}

type ReadSettings = () => Checked<CommandSettings>;

function addFleetCommands(
  program: Command,
  { dev, readSettings }: Pick<Shell, "dev" | "readSettings">,
  withSettings: (
    read: ReadSettings,
    run: (read: CommandSettings) => Promise<number>,
  ) => Promise<void>,
): void {
  const run = (read: ReadSettings) => withSettings(read, (settings) => dev(settings, read));
  const note = "\nEach setting is also a variable, FLOTILLA_HTTP_PORT for --http-port.";
  addSettingFlags(program.command("dev").description("run a fleet on this machine"))
    .addHelpText("after", note)
    .action((options) => run(() => readSettings(options)));
  addSettingFlags(program.command("up"))
    .description("run NGINX and its gateway for replicas that another system runs")
    .addHelpText("after", note)
    .action((options) => run(() => asUp(readSettings(options))));
}

/** Sources are no business of a fleet that is in use. */
function asUp(read: Checked<CommandSettings>): Checked<CommandSettings> {
  if (!read.ok) return read;
  const { settings } = read.value;
  return settings.replica_hosts === ""
    ? refused(
        "replica_hosts: `up` needs to know where the replicas are; mend: name them in FLOTILLA_REPLICA_HOSTS, or let `dev` start some",
      )
    : { ok: true, value: { ...read.value, settings: { ...settings, watch: false } } };
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
