import type { FailureKind } from "@flotilla/common/failure";
import type { ConversationObserver } from "@flotilla/conversations/conversations";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { type BatchObservation, batchMetrics } from "./batch-metrics.ts";
import { conversationMetrics } from "./conversation-metrics.ts";
import type { ReplicaConversations } from "./open-conversations.ts";

export interface RequestObservation {
  readonly transport: "http" | "grpc";
  /** Only names of loaded models, else "": a client must not be able to make labels. */
  readonly model: string;
  readonly outcome: "ok" | FailureKind;
  readonly seconds: number;
}

export interface ReplicaMetrics {
  request(observation: RequestObservation): void;
  batch(observation: BatchObservation): void;
  readonly conversations: ConversationObserver;
  readonly requestsEnded: number;
  /** The Prometheus text format. */
  render(): Promise<string>;
}

const SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

export function createReplicaMetrics(options: {
  readonly serverId: string;
  readonly inFlight: () => number;
  readonly ready: () => boolean;
  readonly conversations: () => ReplicaConversations | undefined;
}): ReplicaMetrics {
  const registry = new Registry();
  registry.setDefaultLabels({ server_id: options.serverId });
  const registers = [registry];
  const requests = new Counter({
    name: "flotilla_requests_total",
    help: "Inference requests by how they ended: ok, or the failure's kind.",
    labelNames: ["transport", "model", "outcome"],
    registers,
  });
  const latency = new Histogram({
    name: "flotilla_request_duration_seconds",
    help: "From a request's arrival at the replica to its answer.",
    labelNames: ["transport", "model"],
    buckets: SECONDS,
    registers,
  });
  const batches = gather(batchMetrics({ registers, seconds: SECONDS }));
  const ended = gather(({ transport, model, outcome, seconds }: RequestObservation) => {
    requests.inc({ transport, model, outcome });
    latency.observe({ transport, model }, seconds);
  });
  new Gauge({
    name: "flotilla_requests_in_flight",
    help: "Requests queued or running.",
    registers,
    collect() {
      this.set(options.inFlight());
    },
  });
  new Gauge({
    name: "flotilla_ready",
    help: "1 while the replica wants requests.",
    registers,
    collect() {
      this.set(options.ready() ? 1 : 0);
    },
  });
  const conversations = conversationMetrics({ registers, conversations: options.conversations });
  addProcessMetrics(registers);
  let requestsEnded = 0;
  return {
    conversations,
    get requestsEnded() {
      return requestsEnded;
    },
    request(observation) {
      requestsEnded += 1;
      ended.add(observation);
    },
    batch: batches.add,
    render() {
      ended.flush();
      batches.flush();
      return registry.metrics();
    },
  };
}

const GATHERED = 256;

/**
 * Many at a time: one by one, between other work, the registry's code and data are out of the caches each time, and
 * counting a request took 7 % of it.
 */
function gather<T>(observe: (observation: T) => void) {
  let gathered: T[] = [];
  const flush = () => {
    for (const observation of gathered) observe(observation);
    gathered = [];
  };
  return {
    flush,
    add(observation: T) {
      if (gathered.push(observation) === GATHERED) flush();
    },
  };
}

/** prom-client's own default metrics need parts of Node's `perf_hooks` that Bun lacks; these two are what counts. */
function addProcessMetrics(registers: Registry[]): void {
  new Gauge({
    name: "process_resident_memory_bytes",
    help: "Resident memory of the replica.",
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Counter({
    name: "process_cpu_seconds_total",
    help: "CPU time of the replica, all threads.",
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
}
