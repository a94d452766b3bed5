/** The worker's thread alone: it loads its own modules while the main thread loads the rest of its. */
export interface InferenceThread {
  readonly worker: Worker;
  /** Why it ended, by nobody's intention. */
  readonly ended: Promise<string>;
}

export function startInferenceThread(
  /** The inference worker, unless a test has its own. */
  script = new URL("./inference-worker.ts", import.meta.url).href,
): InferenceThread {
  const worker = new Worker(script);
  const { promise: ended, resolve } = Promise.withResolvers<string>();
  worker.onerror = (event) => resolve(`the inference worker died: ${event.message}`);
  // Bun's own event, and all that comes of a worker that exits.
  worker.addEventListener("close", () => resolve("the inference worker ended"));
  return { worker, ended };
}
