import { lineChart } from "../compare/line-chart.ts";
import { markdownTable } from "../markdown-table.ts";
import { print } from "../print.ts";
import type { Curve } from "./curve.ts";
import { fitLine } from "./fit-line.ts";
import { type IdleCost, measureIdle } from "./measure-idle.ts";
import { type LoadedMemory, measureUnderLoad } from "./measure-under-load.ts";
import { openWorkloadFleet } from "./open-fleet.ts";
import { type Memory, readMemory } from "./read-memory.ts";
import { replicaOfModels } from "./replica-of-models.ts";
import { bytes } from "./show-figures.ts";

const MODELS = [1, 2, 4, 8];
const REPLICAS = [1, 2, 4];
const IDLE_CONNECTIONS = 1_000;
/** What a start leaves behind has been collected by then. */
const SETTLE_MS = 3_000;
const LOAD_SECONDS = { full: 60, quick: 10 };

interface FleetMemory {
  readonly count: number;
  readonly replicas: Memory;
  readonly nginx: Memory;
  readonly gateway: Memory;
  readonly supervisor: Memory;
}

export interface MemoryData {
  readonly models: readonly { readonly count: number; readonly replica: Memory }[];
  readonly replicas: readonly FleetMemory[];
  readonly idle: readonly IdleCost[];
  readonly underLoad: readonly LoadedMemory[];
}

export const memoryCurve: Curve<MemoryData> = {
  name: "memory",
  what: "memory of models, replicas, idle connections, and of replicas under load",
  minutes: 4,
  async measure(measuring) {
    const { quick } = measuring;
    const models = [];
    for (const count of quick ? [1, 2] : MODELS) {
      await using replica = await replicaOfModels(count);
      await Bun.sleep(SETTLE_MS);
      models.push({ count, replica: readMemory([replica.pid]) });
      print(`  ${count} models: ${bytes(models.at(-1)?.replica.rss ?? 0)}`);
    }
    const replicas: FleetMemory[] = [];
    for (const count of quick ? [1, 2] : REPLICAS) {
      replicas.push(await measureFleet(count));
      print(`  ${count} replicas: ${bytes(replicas.at(-1)?.replicas.pss ?? 0)}`);
    }
    const idle = await measureIdle(quick ? 100 : IDLE_CONNECTIONS);
    const seconds = quick ? LOAD_SECONDS.quick : LOAD_SECONDS.full;
    const underLoad = [
      await measureUnderLoad("http", { ...measuring, seconds }),
      await measureUnderLoad("grpc", { ...measuring, seconds }),
    ];
    return { models, replicas, idle, underLoad };
  },
  show: (data) => ({ text: memoryText(data), chart: chartOf(data) }),
};

async function measureFleet(count: number): Promise<FleetMemory> {
  await using open = await openWorkloadFleet("sentiment", { replicas: count });
  await Bun.sleep(SETTLE_MS);
  const { replicas, nginx, gateway } = await open.pids();
  const all = readMemory([open.fleet.supervisorPid]);
  const parts = [replicas, nginx, gateway].map(readMemory);
  const rest = (of: (memory: Memory) => number) =>
    of(all) - parts.reduce((sum, part) => sum + of(part), 0);
  const [ofReplicas = all, ofNginx = all, ofGateway = all] = parts;
  return {
    count,
    replicas: ofReplicas,
    nginx: ofNginx,
    gateway: ofGateway,
    supervisor: { rss: rest(({ rss }) => rss), pss: rest(({ pss }) => pss) },
  };
}

function memoryText({ models, replicas, idle, underLoad }: MemoryData): string {
  const model = fitLine(models.map(({ count, replica }) => [count, replica.pss]));
  const replica = fitLine(replicas.map((fleet) => [fleet.count, fleet.replicas.pss]));
  const head = ["replicas", "all replicas", "NGINX", "gateway", "supervisor"];
  return [
    "One replica by the number of its models (RSS, PSS):",
    markdownTable(
      ["models", "RSS", "PSS"],
      models.map(({ count, replica }) => [String(count), bytes(replica.rss), bytes(replica.pss)]),
    ),
    `A further model of this size takes ${bytes(model.slope)}.`,
    "A fleet by the number of its replicas (PSS):",
    markdownTable(
      head,
      replicas.map(({ count, ...parts }) => [
        String(count),
        ...[parts.replicas, parts.nginx, parts.gateway, parts.supervisor].map(({ pss }) =>
          bytes(pss),
        ),
      ]),
    ),
    `A further replica takes ${bytes(replica.slope)}.`,
    "An idle connection that was used once:",
    markdownTable(
      ["at", "protocol", "connections", "each"],
      idle.map(({ at, protocol, connections, bytesEach }) => [
        at === "nginx" ? "NGINX" : "a replica",
        protocol === "http" ? "HTTP" : "gRPC",
        String(connections),
        bytes(bytesEach),
      ]),
    ),
    ...underLoad.map(describeLoaded),
  ].join("\n\n");
}

/** Whether it goes on growing is seen in the last third. */
export function describeLoaded({ protocol, connections, samples }: LoadedMemory): string {
  const [first, last] = [samples[0], samples.at(-1)];
  const name = protocol === "http" ? "HTTP" : "gRPC";
  if (first === undefined || last === undefined) return "";
  const late = samples.filter(({ second }) => second >= (last.second * 2) / 3);
  const perMinute = 60 * fitLine(late.map(({ second, rss }) => [second, rss])).slope;
  const most = Math.max(...samples.map(({ rss }) => rss));
  return (
    `Under load over ${name}, ${connections} connections: a replica has ${bytes(first.rss)} before it, ${bytes(most)} at most, and ` +
    `${bytes(last.rss)} after ${last.second.toFixed(0)} s; in the last third it changes by ${bytes(perMinute)} a minute.`
  );
}

function chartOf({ underLoad }: MemoryData) {
  return {
    alt: "Resident memory of a replica under load",
    svg: lineChart([
      {
        title: "Sentiment under load: resident memory of a replica, the mean of three",
        xLabel: "seconds",
        xScale: "linear",
        showX: (x) => x.toFixed(0),
        showY: bytes,
        series: underLoad.map(({ protocol, samples }) => ({
          label: protocol === "http" ? "HTTP" : "gRPC",
          points: samples.map(({ second, rss }) => [second, rss]),
        })),
      },
    ]),
  };
}
