import { writeModels } from "@flotilla/testkit/write-models";
import type { InferenceRequest, Turn } from "../src/inference-request.ts";
import type { Batch } from "../src/lane.ts";
import { readRepository } from "../src/repository/read-repository.ts";
import { type EngineOptions, startEngine } from "../src/start-engine.ts";
import type { Tensors } from "../src/tensor.ts";
import { quietLogger } from "./quiet-logger.ts";

interface TurnOptions extends Pick<InferenceRequest, "signal" | "onToken"> {
  readonly state?: Tensors | undefined;
  readonly sampling?: Turn["sampling"];
}

/** An engine with real models behind a real worker. */
export async function startTestEngine(
  models: Parameters<typeof writeModels>[0],
  more: { readonly defaultModel?: string; readonly limits?: Partial<EngineOptions["limits"]> } = {},
) {
  await using repository = await writeModels(models);
  const batches: Batch[] = [];
  const { engine, loaded } = startEngine({
    repository: await readRepository(repository.folder),
    defaultModel: more.defaultModel ?? "",
    limits: {
      threads: 1,
      batchLimit: 256,
      queueLimit: 1_024,
      maxQueueMs: 60_000,
      ...more.limits,
    },
    logger: quietLogger,
    onBatch: (batch) => batches.push(batch),
    onFatal: (reason) => {
      throw new Error(reason);
    },
  });
  const early = engine.find("", "");
  const result = await loaded;
  const ask = (
    model: string,
    input: InferenceRequest["input"],
    more: Partial<Pick<InferenceRequest, "signal" | "onToken" | "version">> = {},
  ) => {
    const version = engine.models.findLast(({ name }) => name === model)?.version ?? 0;
    return engine.infer({ model, version, input, deadlineMs: Date.now() + 60_000, ...more });
  };
  return {
    engine,
    early,
    problems: result.ok
      ? []
      : result.problems.map((problem) => problem.replaceAll(repository.folder, "models")),
    batches,
    run: (model: string, tensors: Tensors, rows = 1) =>
      ask(model, { kind: "tensors", tensors, rows }),
    ask,
    /** One turn: a text, or the tensors of a row. */
    async turn(
      model: string,
      question: string | Tensors,
      { state, sampling, ...listening }: TurnOptions = {},
    ) {
      const asked: Turn["question"] =
        typeof question === "string"
          ? { kind: "inputs", inputs: [{ text: question }] }
          : { kind: "tensors", tensors: question, rows: 1 };
      const turn = { kind: "turn", question: asked, state, ...(sampling && { sampling }) } as const;
      const outcome = await ask(model, turn, listening);
      if (!outcome.ok) throw new Error(outcome.failure.detail);
      return outcome.value.output;
    },
    /** The predictions, in order. */
    async predict(model: string, texts: readonly string[]) {
      const outcome = await ask(model, { kind: "inputs", inputs: texts.map((text) => ({ text })) });
      if (!outcome.ok) throw new Error(outcome.failure.detail);
      const { output } = outcome.value;
      return output.kind === "predictions" ? output.predictions : [];
    },
  };
}
