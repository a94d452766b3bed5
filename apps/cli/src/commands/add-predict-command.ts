import { settingSchema } from "@flotilla/common/settings";
import { type Command, InvalidArgumentError, Option } from "commander";
import { addSettingFlags, PREDICT_KEYS } from "../setting-flags.ts";
import type { ModelName, PredictOptions } from "./predict.ts";

type PredictFlags = Omit<PredictOptions, "settings" | "terminal">;

export function addPredictCommand(
  program: Command,
  run: (flags: PredictFlags) => Promise<void>,
): void {
  const { maximum } = settingSchema("deadline_ms");
  addSettingFlags(program.command("predict"), PREDICT_KEYS)
    .description("ask a model of the running fleet")
    .argument("[text]", "a text, or a request's JSON object; `-`, or nothing: standard input")
    .addOption(
      new Option("--model <name[/version]>", "where it is not the default one").argParser(
        modelName,
      ),
    )
    .addOption(new Option("--session <id>", "go on with a conversation").argParser(sessionId))
    .addOption(
      new Option("--timeout-ms <ms>", "the request's deadline").argParser((typed: string) => {
        const ms = /^\d{1,9}$/.test(typed) ? Number(typed) : 0;
        if (ms >= 1 && ms <= maximum) return ms;
        throw new InvalidArgumentError(`Expected a whole number from 1 to ${maximum}.`);
      }),
    )
    .option("--json", "print the whole answer as it comes")
    .addHelpText(
      "after",
      `
  flotilla predict 'the rollout was painless'
  flotilla predict --model chat --session a 'My name is Anna.'
  flotilla predict --model echo '{"inputs": {"x": [[1, 2]]}}'
  flotilla predict - < request.json
A text that begins with a hyphen stands after \`--\`.`,
    )
    .action((text: string | undefined, flags: Omit<PredictFlags, "text">) =>
      run({ ...flags, text }),
    );
}

function modelName(typed: string): ModelName {
  const match = /^([A-Za-z0-9][A-Za-z0-9._-]{0,127})(?:\/(\d{1,15}))?$/.exec(typed);
  if (match?.[1] === undefined) {
    throw new InvalidArgumentError("Expected a model's name, for example chat or chat/1.");
  }
  return { name: match[1], version: match[2] };
}

function sessionId(typed: string): string {
  if (/^[A-Za-z0-9._~-]{1,128}$/.test(typed)) return typed;
  throw new InvalidArgumentError("Expected 1 to 128 letters, digits and . _ ~ -");
}
