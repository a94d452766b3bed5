import { Histogram, type Registry } from "prom-client";

/** A batch that ran: its rows, and the seconds that each of its requests waited before it. */
export interface BatchObservation {
  readonly model: string;
  readonly rows: number;
  readonly queueSeconds: readonly number[];
  readonly inferSeconds: number;
  readonly handlerSeconds?: number;
}

export function batchMetrics(options: {
  readonly registers: Registry[];
  readonly seconds: number[];
}): (batch: BatchObservation) => void {
  const { registers, seconds: buckets } = options;
  const labelNames = ["model"];
  const queued = new Histogram({
    name: "flotilla_queue_duration_seconds",
    help: "How long a request waited for its batch.",
    labelNames,
    buckets,
    registers,
  });
  const inference = new Histogram({
    name: "flotilla_inference_duration_seconds",
    help: "One batch in the worker: preprocessing, the run, postprocessing.",
    labelNames,
    buckets,
    registers,
  });
  const handling = new Histogram({
    name: "flotilla_handler_duration_seconds",
    help: "What a model's handler.ts took of a batch.",
    labelNames,
    buckets,
    registers,
  });
  const batchRows = new Histogram({
    name: "flotilla_batch_rows",
    help: "Rows of a batch.",
    labelNames,
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
    registers,
  });
  return ({ model, rows, queueSeconds, inferSeconds, handlerSeconds }) => {
    for (const seconds of queueSeconds) queued.observe({ model }, seconds);
    inference.observe({ model }, inferSeconds);
    if (handlerSeconds !== undefined) handling.observe({ model }, handlerSeconds);
    batchRows.observe({ model }, rows);
  };
}
