import type { Command } from "commander";
import type { CommandTools } from "../command-tools.ts";
import { addSettingFlags } from "../setting-flags.ts";

/**
 * The commands that work on models' folders, without a fleet. What they need (ONNX Runtime, TypeScript) is loaded when
 * they run: the others answer sooner without it, and the gateway's image does without.
 */
export function addModelCommands(
  program: Command,
  models: Command,
  use: Pick<CommandTools, "withSettings" | "report">,
): void {
  addSettingFlags(program.command("types"), ["models"])
    .description("write the TypeScript declarations of models' inputs and outputs")
    .argument("[model...]", "their names; without any: the models that have a handler.ts")
    .action((names: readonly string[], options) =>
      use.withSettings(options, async ({ settings }) => {
        const { runTypes } = await import("./types.ts");
        return use.report(await runTypes({ models: settings.models, names }));
      }),
    );
  addSettingFlags(program.command("check"), ["models"])
    .description("name everything that is wrong with the models and their handlers")
    .option("--json", "as JSON")
    .action((options: { readonly json?: true }) =>
      use.withSettings(options, async ({ settings }) => {
        const { runCheck } = await import("./check.ts");
        return use.report(await runCheck({ settings, json: options.json ?? false }));
      }),
    );
  const init = program.command("init").description("begin something");
  addSettingFlags(init.command("model"), ["models", "host", "http_port"])
    .description("write a model's folder that works, with a handler.ts, from an ONNX file")
    .argument("<path.onnx>", "the ONNX file; it is copied, with its external data")
    .option("--name <name>", "the model's name (default: the file's)")
    .option("--no-handler", "tensors in, tensors out, without a handler.ts")
    .action((onnxFile: string, options: { readonly name?: string; readonly handler: boolean }) =>
      use.withSettings(options, async ({ settings }) => {
        const { runInitModel } = await import("./init-model.ts");
        return use.report(
          await runInitModel({ settings, onnxFile, name: options.name, ...options }),
        );
      }),
    );
  addSettingFlags(models.command("install"), ["models"])
    .description("install what handlers import: each package.json, by its lockfile")
    .option("--update", "write the lockfiles that are missing or old")
    .action((options: { readonly update?: true }) =>
      use.withSettings(options, async ({ settings }) => {
        const { runModelsInstall } = await import("./models-install.ts");
        return use.report(await runModelsInstall({ settings, update: options.update ?? false }));
      }),
    );
}
