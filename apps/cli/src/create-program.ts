import { Command } from "commander";
import { type CommandTools, commandTools } from "./command-tools.ts";
import { addDoctorCommand } from "./commands/add-doctor-command.ts";
import { addFleetCommands } from "./commands/add-fleet-commands.ts";
import { addModelCommands } from "./commands/add-model-commands.ts";
import { addOperationCommands } from "./commands/add-operation-commands.ts";
import { addPredictCommand } from "./commands/add-predict-command.ts";
import { addQueryCommands } from "./commands/add-query-commands.ts";
import { configCheck } from "./commands/config-check.ts";
import { configShow } from "./commands/config-show.ts";
import { operate } from "./commands/operate.ts";
import { runPredict } from "./commands/predict.ts";
import { EXIT_CONFIGURATION, EXIT_FORCED } from "./exit-codes.ts";
import { addSettingFlags, OPERATIONS_KEYS, PREDICT_KEYS } from "./setting-flags.ts";
import type { Shell } from "./shell.ts";

interface JsonOption {
  readonly json?: true;
}

export function createProgram(shell: Shell): Command {
  const tools = commandTools(shell);
  const { withFleet, print, finish } = tools;
  const program = new Command("flotilla")
    .description("ONNX models served by a fleet of replicas behind NGINX, over HTTP and gRPC")
    .version(shell.version)
    .exitOverride();
  addFleetCommands(program, shell, tools);
  const { models } = addQueryCommands(program, (options, { keys, ask }) =>
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
        shell.writeProblems(["the fleet goes on with it; `flotilla status` shows how far it is"]);
        shell.exit(EXIT_FORCED);
      });
      return print(await operate({ settings, operation, json: options.json ?? false, progress }));
    }),
  );
  addDoctorCommand(program, async (options) => {
    const read = shell.readSettings({ ...options });
    await finish(await shell.doctor({ read, json: options.json ?? false }));
  });
  addModelCommands(program, models, tools);
  addConfigCommands(program.command("config").description("look at the settings"), tools);
  return program;
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
