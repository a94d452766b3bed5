import type { Workload } from "../stacks/stack.ts";

/** One of `workloadInputs`: 64 numbers, or a text. */
type PeerInput = readonly number[] | string;

/** What a peer is asked and answers over HTTP. */
interface HttpForm {
  readonly path: string;
  readonly body: (input: PeerInput) => unknown;
  /** From the JSON of an answer: `{scores}`, `{embedding}` or `{label, score}`. */
  readonly answer: (json: unknown) => unknown;
}

export interface PeerPlace {
  readonly port: number;
  /** Further ones, which some need. */
  readonly otherPorts: readonly [number, number];
  /** New and empty, for whatever it writes. */
  readonly folder: string;
}

/** By variable of the environment: numbers of workers, batches, waits. */
type Settings = Readonly<Record<string, string>>;

/** What is best for a model of microseconds is not for one of milliseconds. */
interface Variant {
  readonly mlp: Settings;
  readonly texts: Settings;
}

/** What a user would pick instead of Flotilla; its own code is the folder of its name in `bench/peers`. */
export interface Peer {
  readonly name: string;
  readonly workloads: readonly Workload[];
  /** As many of its processes side by side, behind NGINX; without it one, which starts its own workers. */
  readonly behindNginx?: number;
  /** Without it gRPC, with Flotilla's messages. */
  readonly http?: HttpForm;
  /** The first word is a program of its virtual environment. */
  readonly command: (place: PeerPlace) => readonly string[];
  readonly environment?: (place: PeerPlace) => Readonly<Record<string, string>>;
  /** `advised` by its documentation, with as many processes and threads as Flotilla has; `best`, found by trying. */
  readonly variants: Readonly<{ advised: Variant; best?: Variant }>;
  /** Where SIGTERM does not end it. */
  readonly endsBy?: NodeJS.Signals;
  /** To be run in its virtual environment once its packages are there. */
  readonly afterInstall?: readonly string[];
}

const HAND_MADE = ["mlp", "sentiment", "minilm", "minilm-mixed"] as const;
const FRAMEWORK = ["mlp", "minilm", "minilm-mixed"] as const;

const plain: HttpForm = {
  path: "/predict",
  body: (input) => (typeof input === "string" ? { text: input } : { features: input }),
  answer: (json) => json,
};

const fastapi: Peer = {
  name: "fastapi",
  workloads: HAND_MADE,
  behindNginx: 3,
  http: plain,
  command: ({ port }) => [
    ...["python", "-m", "uvicorn", "app:app", "--port", String(port)],
    ...["--no-access-log", "--log-level", "warning"],
  ],
  variants: { advised: always({}) },
};

const grpcAio: Peer = {
  name: "grpc-aio",
  workloads: HAND_MADE,
  behindNginx: 3,
  command: () => ["python", "server.py"],
  variants: { advised: always({}) },
  afterInstall: [
    ...["python", "-m", "grpc_tools.protoc", "-I", "../../../proto", "--python_out=."],
    ...["--grpc_python_out=.", "flotilla/v1/prediction.proto"],
  ],
};

const litserve: Peer = {
  name: "litserve",
  workloads: FRAMEWORK,
  http: plain,
  endsBy: "SIGINT",
  command: () => ["python", "server.py"],
  variants: {
    advised: always({ WORKERS: "3", MAX_BATCH_SIZE: "16", BATCH_TIMEOUT: "0.01" }),
    best: always({
      ...{ WORKERS: "2", API_SERVERS: "2", FAST_QUEUE: "1" },
      ...{ MAX_BATCH_SIZE: "16", BATCH_TIMEOUT: "0.005" },
    }),
  },
};

const bentoml: Peer = {
  name: "bentoml",
  workloads: FRAMEWORK,
  http: {
    path: "/predict",
    body: (input) => ({ inputs: [input] }),
    answer: (json) => (json as readonly unknown[])[0],
  },
  command: ({ port }) => [
    ...["bentoml", "serve", "service:Predictor", "--host", "127.0.0.1", "--port", String(port)],
  ],
  environment: ({ folder }) => ({ BENTOML_HOME: folder, BENTOML_DO_NOT_TRACK: "True" }),
  variants: {
    // Batches as `@bentoml.api` has them by default.
    advised: always({ WORKERS: "3", MAX_BATCH_SIZE: "100", MAX_LATENCY_MS: "60000" }),
    best: {
      mlp: { WORKERS: "2", MAX_BATCH_SIZE: "100", MAX_LATENCY_MS: "60000" },
      texts: { WORKERS: "2", MAX_BATCH_SIZE: "16", MAX_LATENCY_MS: "1000" },
    },
  },
};

const mlserver: Peer = {
  name: "mlserver",
  workloads: FRAMEWORK,
  http: {
    path: "/v2/models/model/infer",
    body: (input) => ({ inputs: [openInferenceInput(input)] }),
    answer: (json) => {
      const { outputs = [] } = json as { outputs?: readonly { name: string; data: unknown }[] };
      return Object.fromEntries(outputs.map(({ name, data }) => [name, data]));
    },
  },
  command: () => ["mlserver", "start", "."],
  environment: ({ port, otherPorts: [grpc, metrics], folder }) => ({
    MLSERVER_HOST: "127.0.0.1",
    MLSERVER_HTTP_PORT: String(port),
    MLSERVER_GRPC_PORT: String(grpc),
    MLSERVER_METRICS_PORT: String(metrics),
    MLSERVER_METRICS_DIR: folder,
    MLSERVER_DEBUG: "false",
  }),
  variants: {
    advised: always({
      MLSERVER_PARALLEL_WORKERS: "3",
      MLSERVER_MODEL_MAX_BATCH_SIZE: "16",
      MLSERVER_MODEL_MAX_BATCH_TIME: "0.01",
    }),
    best: {
      // No workers and no batches: its way to a worker costs more than such a model does.
      mlp: { MLSERVER_PARALLEL_WORKERS: "0" },
      texts: {
        MLSERVER_PARALLEL_WORKERS: "2",
        MLSERVER_MODEL_MAX_BATCH_SIZE: "16",
        MLSERVER_MODEL_MAX_BATCH_TIME: "0.005",
      },
    },
  },
};

const rayServe: Peer = {
  name: "ray-serve",
  workloads: FRAMEWORK,
  http: plain,
  command: () => ["python", "app.py"],
  environment: ({ folder, otherPorts: [proxy, metrics] }) => ({
    RAY_TMPDIR: folder,
    RAY_USAGE_STATS_ENABLED: "0",
    RAY_SERVE_FALLBACK_PROXY_HTTP_PORT: String(proxy),
    RAY_SERVE_HAPROXY_METRICS_PORT: String(metrics),
    RAY_SERVE_HAPROXY_CONFIG_FILE_LOC: `${folder}/haproxy.cfg`,
    RAY_SERVE_HAPROXY_SOCKET_PATH: `${folder}/haproxy.sock`,
    RAY_SERVE_HAPROXY_SERVER_STATE_BASE: folder,
    RAY_SERVE_HAPROXY_SERVER_STATE_FILE: `${folder}/haproxy.state`,
    RAY_SERVE_HAPROXY_METRICS_SOCKET_PATH: `${folder}/haproxy-metrics.sock`,
  }),
  variants: {
    // Batches as `@serve.batch` has them by default.
    advised: always({
      WORKERS: "3",
      MAX_BATCH_SIZE: "10",
      BATCH_WAIT_TIMEOUT_S: "0.01",
      MAX_ONGOING_REQUESTS: "100",
    }),
    best: always({
      RAY_SERVE_ENABLE_HA_PROXY: "1",
      RAY_SERVE_THROUGHPUT_OPTIMIZED: "1",
      WORKERS: "2",
      MAX_BATCH_SIZE: "16",
      BATCH_WAIT_TIMEOUT_S: "0",
      MAX_ONGOING_REQUESTS: "100",
    }),
  },
};

export const PEERS: readonly Peer[] = [fastapi, grpcAio, litserve, bentoml, mlserver, rayServe];

function always(settings: Settings): Variant {
  return { mlp: settings, texts: settings };
}

function openInferenceInput(input: PeerInput) {
  return typeof input === "string"
    ? { name: "text", shape: [1, 1], datatype: "BYTES", data: [input] }
    : { name: "features", shape: [1, input.length], datatype: "FP32", data: input };
}
