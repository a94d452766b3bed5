// onnxruntime-node's own session, below the one that it offers: that one's `run` waits for a `setImmediate` of its own,
// in which other requests run, so that nobody could say how long a batch took. Exact versions are pinned, and a test
// runs it.
import { binding, initOrt } from "onnxruntime-node/dist/binding.js";
import type { LoadedModel } from "../loaded-model.ts";
import type { ModelSource } from "../model-source.ts";
import { type OpenSession, sessionOptions } from "./open-session.ts";
import { fromOnnx, toOnnx } from "./run-session.ts";

/** A model that the worker has loaded, on this thread. `run` throws what ONNX Runtime throws, and is done at once. */
export function openInlineSession(
  { onnxFile = "", onnxruntime }: Pick<ModelSource, "onnxFile" | "onnxruntime">,
  { outputs }: Pick<LoadedModel, "outputs">,
): Pick<OpenSession, "run" | "close"> {
  initOrt();
  const session = new binding.InferenceSession();
  session.loadModel(onnxFile, sessionOptions({ threads: 1, onnxruntime }));
  const fetches = Object.fromEntries(outputs.map(({ name }) => [name, null]));
  return {
    run: async (inputs) => fromOnnx(session.run(toOnnx(inputs), fetches, {}) as Fetched),
    close: async () => session.dispose(),
  };
}

type Fetched = Parameters<typeof fromOnnx>[0];
