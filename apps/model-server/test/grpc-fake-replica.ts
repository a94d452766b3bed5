import { type Outcome, success } from "@flotilla/common/failure";
import type { Logger } from "@flotilla/common/logger";
import { readSettings } from "@flotilla/common/read-settings";
import type { Settings } from "@flotilla/common/settings";
import { t } from "@flotilla/handler";
import { DATATYPES, type Datatype } from "@flotilla/inference/datatype";
import type { Engine, ModelHealth } from "@flotilla/inference/engine";
import { findModel } from "@flotilla/inference/find-model";
import type { InferenceAnswer, InferenceRequest } from "@flotilla/inference/inference-request";
import type { LoadedModel } from "@flotilla/inference/loaded-model";
import { contractOf } from "@flotilla/inference/task-contract";
import { type GrpcServer, startGrpcServer } from "../src/grpc/start-grpc-server.ts";
import { createReadiness, type ReadinessState } from "../src/readiness.ts";
import type { RequestObservation } from "../src/replica-metrics.ts";

type Infer = (request: InferenceRequest) => Promise<Outcome<InferenceAnswer>>;

/** A real gRPC server over an engine of a few lines, so that a test decides what the engine answers, and when. */
export interface FakeReplica extends AsyncDisposable {
  readonly address: string;
  readonly server: GrpcServer;
  /** What the engine was asked. */
  readonly requests: readonly InferenceRequest[];
  readonly observations: readonly RequestObservation[];
  readonly logLines: readonly Readonly<Record<string, unknown>>[];
  setState(state: ReadinessState): void;
  setHealthy(model: string, ready: boolean): void;
}

export async function startFakeReplica(
  options: { readonly infer?: Infer; readonly settings?: Partial<Settings> } = {},
): Promise<FakeReplica> {
  const read = readSettings({ flags: {}, environment: {}, file: undefined });
  if (!read.ok) throw new Error(read.problems.join("\n"));
  const settings = { ...read.value.settings, ...options.settings };
  const requests: InferenceRequest[] = [];
  const observations: RequestObservation[] = [];
  const logLines: Record<string, unknown>[] = [];
  const failing = new Set<string>();
  let state: ReadinessState = "ready";
  const readiness = createReadiness(() => state);
  const server = await startGrpcServer(
    {
      settings,
      readiness,
      release: () => false,
      conversations: undefined,
      engine: fakeEngine({ requests, failing, infer: options.infer ?? echo }),
      logger: logInto(logLines),
      metrics: {
        request: (observation) => observations.push(observation),
        batch() {},
        conversations: { hit() {}, restored() {}, conflict() {}, repeated() {} },
        requestsEnded: 0,
        render: async () => "",
      },
    },
    { host: "127.0.0.1", port: 0 },
  );
  return {
    address: `127.0.0.1:${server.port}`,
    server,
    requests,
    observations,
    logLines,
    setState(next) {
      state = next;
      readiness.refresh();
    },
    setHealthy: (model, ready) => void (ready ? failing.delete(model) : failing.add(model)),
    [Symbol.asyncDispose]: () => server.drain(),
  };
}

function logInto(lines: Record<string, unknown>[]): Logger {
  const log = (level: string) => (fields: object) => void lines.push({ level, ...fields });
  const logger = { isLevelEnabled: () => true, debug: log("debug"), error: log("error") };
  return logger as unknown as Logger;
}

function fakeEngine(options: {
  readonly requests: InferenceRequest[];
  readonly failing: ReadonlySet<string>;
  readonly infer: Infer;
}): Engine {
  const { requests, failing, infer } = options;
  return {
    models: MODELS,
    defaultModel: "sentiment",
    find: (name, version) =>
      findModel({ models: MODELS, defaultModel: "sentiment", name, version }),
    infer(request) {
      requests.push(request);
      return infer(request);
    },
    health: () =>
      MODELS.map(
        ({ name, version }): ModelHealth => ({
          name,
          version,
          ready: !failing.has(name),
          lastInferenceAt: 0,
          lastInferenceMs: 1,
          error: undefined,
        }),
      ),
    inFlight: 0,
  };
}

/** Every text is neutral, and tensors come back as they went in. */
export async function echo({ input }: InferenceRequest): Promise<Outcome<InferenceAnswer>> {
  const times = { queueMs: 0.5, inferMs: 1.25 };
  if (input.kind === "tensors") {
    const outputs = Object.entries(input.tensors).map(([name, tensor]) => [`${name}_out`, tensor]);
    return success({ output: { kind: "tensors", tensors: Object.fromEntries(outputs) }, ...times });
  }
  if (input.kind === "turn") throw new Error("these models keep no state");
  const predictions = input.inputs.map(() => ({
    kind: "classification" as const,
    label: "neutral",
    score: 0.75,
    scores: { negative: 0.125, neutral: 0.75, positive: 0.125 },
  }));
  return success({ output: { kind: "predictions", predictions }, ...times });
}

const spec = (name: string, datatype: Datatype) => ({
  name,
  datatype,
  shape: [-1, -1],
  symbols: ["batch", `${name}_width`],
});

const contract = contractOf({ input: t.Object({ text: t.String() }), examples: [] });

const MODELS: readonly LoadedModel[] = [
  ...Object.keys(DATATYPES).map((datatype) => echoModel(datatype as Datatype, 1)),
  echoModel("FP32", 2),
  {
    name: "sentiment",
    version: 1,
    task: "text-classification",
    inputs: [spec("input_ids", "INT64")],
    outputs: [spec("logits", "FP32")],
    takes: contract.ok ? contract.value : undefined,
    state: [],
    batch: "dynamic",
    maxBatch: 32,
  },
];

function echoModel(datatype: Datatype, version: number): LoadedModel {
  return {
    name: `echo-${datatype}`,
    version,
    task: "tensor",
    inputs: [spec("x", datatype)],
    outputs: [spec("x_out", datatype)],
    state: [],
    batch: "dynamic",
    maxBatch: 32,
  };
}
