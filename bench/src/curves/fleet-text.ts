import { thousands } from "../compare/show-round.ts";
import { markdownTable } from "../markdown-table.ts";
import { fitLine } from "./fit-line.ts";
import type { FleetData } from "./fleet-curve.ts";
import {
  at,
  between,
  type Deployment,
  type FleetCosts,
  NOTICE_MS,
  predictFleet,
} from "./fleet-model.ts";
import type { LightMeasured } from "./measure-light-fleet.ts";
import { bytes, microseconds, milliseconds, percent, perSecond, short } from "./show-figures.ts";

const CORES = 4;
const MODELS = [
  { name: "the MLP", modelMs: 0 },
  { name: "10 ms more", modelMs: 10 },
] as const;
const SIZES = [
  { replicas: 10, nginxes: [1, 2] },
  { replicas: 100, nginxes: [1, 4] },
  { replicas: 1_000, nginxes: [1, 4, 16] },
] as const;

/** The model is made from all but the largest fleet, so that this one checks it. */
function costsOf({ requestMs, idleReplicaMs, reloads, light }: FleetData): FleetCosts {
  const small = light.slice(0, -1);
  const line = (of: (measured: LightMeasured) => number) =>
    fitLine(small.map((measured) => [measured.replicas, of(measured)]));
  return {
    requestMs,
    idleReplicaMs,
    gatewayMs: line(({ gatewayMs }) => gatewayMs),
    gatewayBytes: line(({ gatewayBytes }) => gatewayBytes),
    nginxBytes: line(({ nginxBytes }) => nginxBytes),
    reloads: reloads.map(({ replicas, testMs, reloadMs }) => ({ replicas, ms: testMs + reloadMs })),
  };
}

export function fleetText(data: FleetData): string {
  const costs = costsOf(data);
  const { requestMs, idleReplicaMs } = costs;
  return [
    "NGINX by the number of `server` lines in each upstream:",
    reloadsTable(data),
    "Light replicas behind a real gateway and NGINX, and what the model says of the largest fleet from the smaller ones:",
    lightTable(data, costs),
    `Measured of a fleet of three: a request of the MLP takes ${microseconds(requestMs.replica)} of a replica's CPU and ` +
      `${microseconds(requestMs.nginx)} of NGINX's; a replica without requests takes ${milliseconds(idleReplicaMs)} a second, its probes ` +
      `included. A further replica takes ${milliseconds(costs.gatewayMs.slope)} a second of a gateway, so that one core of it is full at ` +
      `about ${short(1000 / costs.gatewayMs.slope, 2)} replicas.`,
    `With one core for each replica, ${CORES} for each NGINX, and one more for its gateway, the model says:`,
    modelTable(costs),
  ].join("\n\n");
}

function reloadsTable({ reloads }: FleetData): string {
  return markdownTable(
    ["replicas", "configuration", "rendered in", "`nginx -t`", "reload", "NGINX, PSS"],
    reloads.map((one) => [
      thousands(one.replicas),
      bytes(one.confBytes),
      milliseconds(one.renderMs),
      milliseconds(one.testMs),
      milliseconds(one.reloadMs),
      bytes(one.nginxBytes),
    ]),
  );
}

function lightTable({ light }: FleetData, costs: FleetCosts): string {
  const largest = light.at(-1)?.replicas ?? 0;
  const row = (name: string, of: (one: LightMeasured) => string, predicted = "–") => [
    name,
    ...light.map(of),
    predicted,
  ];
  const sizes = light.map(({ replicas }) => thousands(replicas));
  const head = ["", ...sizes, `model for ${thousands(largest)}`];
  return markdownTable(head, [
    row("answered a request", ({ reached }) => String(reached), String(largest)),
    row("all serve after", ({ servingMs }) => milliseconds(servingMs)),
    row(
      "a drain is in NGINX after",
      ({ drainSeenMs }) => milliseconds(drainSeenMs),
      milliseconds(NOTICE_MS + between(costs.reloads, largest)),
    ),
    row(
      "the gateway's CPU, of a core",
      ({ gatewayMs }) => percent(gatewayMs / 1000),
      percent(at(costs.gatewayMs, largest) / 1000),
    ),
    row(
      "the gateway, PSS",
      ({ gatewayBytes }) => bytes(gatewayBytes),
      bytes(at(costs.gatewayBytes, largest)),
    ),
    row("NGINX, PSS", ({ nginxBytes }) => bytes(nginxBytes), bytes(at(costs.nginxBytes, largest))),
  ]);
}

function modelTable(costs: FleetCosts): string {
  const deployments = MODELS.flatMap(({ name, modelMs }) =>
    SIZES.flatMap(({ replicas, nginxes }) =>
      nginxes.map((count) => ({
        name,
        deployment: { replicas, nginxes: count, cores: CORES, modelMs },
      })),
    ),
  );
  return markdownTable(
    [
      ...["a request", "replicas", "NGINX", "requests/s", "full first", "NGINX needed"],
      ...["a gateway", "probes", "of a replica", "memory of each NGINX", "reload"],
    ],
    deployments.map(({ name, deployment }) => [name, ...predicted(costs, deployment)]),
  );
}

function predicted(costs: FleetCosts, deployment: Deployment): readonly string[] {
  const prediction = predictFleet(costs, deployment);
  const gateway = percent(prediction.gatewayShare);
  return [
    thousands(deployment.replicas),
    String(deployment.nginxes),
    perSecond(Number(prediction.perSecond.toPrecision(2))),
    prediction.limit,
    String(prediction.nginxesNeeded),
    prediction.gatewayShare > 1 ? `**${gateway}**` : gateway,
    perSecond(prediction.probesPerSecond),
    percent(prediction.probedShare),
    bytes(prediction.bytes),
    milliseconds(prediction.reloadMs),
  ];
}
