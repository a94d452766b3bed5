import { dirname, resolve } from "node:path";
import type { ModelTypes, Tensors } from "@flotilla/handler";
import { readRepository } from "@flotilla/inference/repository/read-repository";
import type { SessionModel } from "@flotilla/inference/worker/load-model";
import { answerInput } from "./answer-input.ts";
import { loadWithUsed } from "./load-with-used.ts";

/** A model with its handler, in the test's own process: no port, no queue, no other thread. */
export interface LoadedModel<M extends ModelTypes = ModelTypes> extends AsyncDisposable {
  /**
   * What a client gets as `prediction`. `input` is what it sends: JSON, or `{ data, mediaType }` for a raw body. Throws
   * RejectedInput for what it would be refused with, whoever refuses it.
   */
  predict<Prediction = unknown>(input: unknown): Promise<Prediction>;
  /** One turn with a model that has state; without a state, the first. */
  turn<Prediction = unknown>(input: unknown, state?: Tensors): Promise<Turn<Prediction>>;
  /** What the handler makes of an input: all that the ONNX file is run with. */
  preprocess(input: unknown): Promise<M["inputs"]>;
  /** What it makes of an input whose run gave these outputs. */
  postprocess<Prediction = unknown>(outputs: M["outputs"], input: unknown): Promise<Prediction>;
  dispose(): Promise<void>;
}

export interface Turn<Prediction> {
  readonly prediction: Prediction;
  /** For the next one. */
  readonly state: Tensors;
}

/** Loads a model's folder as a replica does, its highest version, and the models that its handler uses. */
export async function loadModel<M extends ModelTypes = ModelTypes>(
  folder: string,
): Promise<LoadedModel<M>> {
  const path = resolve(folder);
  // Its neighbours may be used by it.
  const { sources, problems } = await readRepository(dirname(path));
  const source = sources.findLast(({ manifestFile }) => dirname(manifestFile) === path);
  if (source === undefined) {
    const own = problems.filter((problem) => problem.startsWith(path));
    throw new Error(own.join("\n") || `${path}: expected a model's folder, got none`);
  }
  const models = await loadWithUsed(source, sources);
  const model = models.get(source) as SessionModel;
  return {
    predict: async <T>(input: unknown) => (await answerInput(model, { input })).prediction as T,
    turn: async <T>(input: unknown, state?: Tensors) => {
      const { prediction, state: next = {} } = await answerInput(model, { input, state });
      return { prediction: prediction as T, state: next };
    },
    async preprocess(input) {
      let prepared: Tensors | undefined;
      const ran = answerInput(model, {
        input,
        run(tensors) {
          prepared = tensors;
          return Promise.reject(new Error("not run"));
        },
      });
      await ran.catch((error) => {
        if (prepared === undefined) throw error;
      });
      return prepared ?? {};
    },
    postprocess: async <T>(outputs: Tensors, input: unknown) =>
      (await answerInput(model, { input, run: async () => outputs })).prediction as T,
    dispose,
    [Symbol.asyncDispose]: dispose,
  };

  async function dispose() {
    await Promise.all([...models.values()].map(({ close }) => close()));
  }
}
