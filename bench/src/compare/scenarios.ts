import type { Workload } from "../stacks/stack.ts";
import type { OtherPeerName } from "../stacks/stacks.ts";
import type { Load, Scenario, SideName, Target } from "./scenario.ts";

const MODELS: Readonly<Record<Workload, string>> = {
  mlp: "MLP",
  sentiment: "sentiment",
  minilm: "MiniLM, 10 tokens",
  "minilm-mixed": "MiniLM, 4 to 128 tokens",
};
const CONNECTIONS = [1, 32, 256];
/** Where the targets are. */
const USUAL = 32;
/** Enough for every replica to have the batches that a bare loop gives itself. */
const PLENTY = 256;
/** Beyond this, a service on the way of a page is slow. */
const IN_TIME_MS = 10;

const OTHER_PEERS = [
  "litserve",
  "litserve-best",
  "bentoml",
  "bentoml-best",
  "mlserver",
  "mlserver-best",
  "ray-serve",
  "ray-serve-best",
] as const satisfies readonly OtherPeerName[];

/** Stacks are started by workload, and stopped when nobody needs them: those that share a side stand together. */
export const SCENARIOS: readonly Scenario[] = [
  ...atAllConnections("mlp", { protocol: "http", against: "fastapi", target: ratio(6) }),
  pair({
    workload: "mlp",
    load: closed("http", USUAL, "direct"),
    against: "fastapi",
    targets: [ratio(16)],
  }),
  {
    name: "mlp-highest-rate-fastapi",
    what: `MLP, HTTP, the highest rate with p99 ≤ ${IN_TIME_MS} ms`,
    workload: "mlp",
    load: { kind: "highest-rate", protocol: "http", p99Ms: IN_TIME_MS },
    sides: ["flotilla", "fastapi"],
    targets: [ratio(6)],
  },
  ...atAllConnections("mlp", { protocol: "grpc", against: "grpc-aio", target: ratio(4.5) }),
  pair({ workload: "mlp", load: closed("grpc", USUAL, "direct"), against: "grpc-aio" }),
  {
    name: "mlp-grpc-highest-rate-grpc-aio",
    what: `MLP, gRPC, the highest rate with p99 ≤ ${IN_TIME_MS} ms`,
    workload: "mlp",
    load: { kind: "highest-rate", protocol: "grpc", p99Ms: IN_TIME_MS },
    sides: ["flotilla", "grpc-aio"],
    targets: [],
  },
  ...atAllConnections("mlp", { protocol: "http", against: "static-nginx", target: ratio(0.5) }),
  {
    name: "mlp-half-rate-static-nginx",
    what: "MLP, HTTP, half of the highest rate: p99 over static NGINX's",
    workload: "mlp",
    load: { kind: "half-rate", protocol: "http", p99Ms: IN_TIME_MS },
    sides: ["flotilla", "static-nginx"],
    targets: [{ figure: "p99Ms", as: "difference", atMost: 3 }],
  },
  {
    name: "mlp-added-latency",
    what: "MLP, HTTP, 1 connection: p50 over a bare session.run",
    workload: "mlp",
    load: closed("http", 1),
    sides: ["flotilla", "bare-one"],
    targets: [{ figure: "p50Ms", as: "difference", atMost: 0.35 }],
  },
  ...againstOtherPeers("mlp", ratio(10)),
  ...atAllConnections("sentiment", { protocol: "http", against: "fastapi" }),
  pair({ workload: "sentiment", load: closed("grpc", USUAL), against: "grpc-aio" }),
  {
    name: "start",
    what: "sentiment: one replica, start to ready, idle memory",
    workload: "sentiment",
    load: { kind: "start" },
    sides: ["flotilla"],
    targets: [
      { figure: "readyMs", as: "value", atMost: 1_000 },
      { figure: "rssMb", as: "value", atMost: 150 },
    ],
  },
  ...atAllConnections("minilm", { protocol: "http", against: "fastapi", target: ratio(3.5) }),
  pair({ workload: "minilm", load: closed("grpc", USUAL), against: "grpc-aio" }),
  onMinilm("minilm", "bare-best", ratio(0.8)),
  {
    name: "minilm-health",
    what: "/health while MiniLM runs full batches",
    workload: "minilm",
    load: { kind: "health", connections: USUAL },
    // What the same probe takes beside the same load where nothing has to be done for an answer.
    sides: ["flotilla", "static-nginx"],
    targets: [{ figure: "p99Ms", as: "value", atMost: 10 }],
  },
  ...againstOtherPeers("minilm", ratio(3)),
  ...atAllConnections("minilm-mixed", {
    protocol: "http",
    against: "fastapi",
    target: [ratio(1.2), { figure: "p99Ms", as: "ratio", atMost: 0.5 }],
  }),
  onMinilm("minilm-mixed", "bare-best", ratio(0.85)),
  onMinilm("minilm-mixed", "bare-blind", ratio(1.5)),
  onMinilm("minilm-mixed", "flotilla-alone", ratio(0.98)),
];

/** For `--quick`: what has a target and needs no stack that takes long to start. */
export function isQuick({ sides: [, other], targets, workload }: Scenario): boolean {
  const light = !OTHER_PEERS.some((peer) => peer === other);
  return light && targets.length > 0 && workload !== "sentiment";
}

/** The target counts at the usual number of connections. */
function atAllConnections(
  workload: Workload,
  options: {
    readonly protocol: "http" | "grpc";
    readonly against: SideName;
    readonly target?: Target | readonly Target[];
  },
): readonly Scenario[] {
  const { protocol, against, target = [] } = options;
  return CONNECTIONS.map((connections) =>
    pair({
      workload,
      load: closed(protocol, connections),
      against,
      targets: connections === USUAL ? [target].flat() : [],
    }),
  );
}

function againstOtherPeers(workload: Workload, target: Target): readonly Scenario[] {
  return OTHER_PEERS.map((against) =>
    pair({ workload, load: closed("http", USUAL), against, targets: [target] }),
  );
}

function onMinilm(
  workload: "minilm" | "minilm-mixed",
  against: SideName,
  target: Target,
): Scenario {
  return pair({ workload, load: closed("http", PLENTY), against, targets: [target] });
}

function pair(options: {
  readonly workload: Workload;
  readonly load: Load & { readonly kind: "closed" };
  readonly against: SideName;
  readonly targets?: readonly Target[];
}): Scenario {
  const { workload, load, against, targets = [] } = options;
  const { protocol, connections, place } = load;
  const direct = place === "direct" ? ["direct"] : [];
  return {
    name: [workload, protocol, String(connections), ...direct, against].join("-"),
    what: [
      MODELS[workload],
      protocol === "http" ? "HTTP" : "gRPC",
      connections === 1 ? "1 connection" : `${connections} connections`,
      ...direct.map(() => "one replica directly"),
    ].join(", "),
    workload,
    load,
    sides: ["flotilla", against],
    targets,
  };
}

function closed(
  protocol: "http" | "grpc",
  connections: number,
  place: "front" | "direct" = "front",
): Load & { readonly kind: "closed" } {
  return { kind: "closed", protocol, connections, place };
}

function ratio(atLeast: number): Target {
  return { figure: "perSecond", as: "ratio", atLeast };
}
