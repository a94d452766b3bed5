import { print } from "../print.ts";
import type { Measuring } from "./curve.ts";
import { measurePoint } from "./measure-point.ts";
import { openWorkloadFleet } from "./open-fleet.ts";
import { readMemory } from "./read-memory.ts";
import { bytes } from "./show-figures.ts";

export interface LoadedMemory {
  readonly protocol: "http" | "grpc";
  readonly connections: number;
  readonly samples: readonly Sample[];
}

interface Sample {
  readonly second: number;
  /** Of one replica, the mean of all. */
  readonly rss: number;
}

const CONNECTIONS = 32;
const SAMPLE_MS = 1_000;

/** What a replica's memory comes to over a long load. */
export async function measureUnderLoad(
  protocol: LoadedMemory["protocol"],
  measuring: Measuring,
): Promise<LoadedMemory> {
  await using open = await openWorkloadFleet("sentiment");
  const { replicas } = await open.pids();
  const begin = performance.now();
  const sample = (): Sample => ({
    second: (performance.now() - begin) / 1000,
    rss: readMemory(replicas).rss / replicas.length,
  });
  const samples = [sample()];
  const timer = setInterval(() => samples.push(sample()), SAMPLE_MS);
  try {
    const target = protocol === "http" ? { http: open.http } : { grpc: open.grpc };
    await measurePoint(open, target, { ...measuring, rounds: 1, connections: CONNECTIONS });
  } finally {
    clearInterval(timer);
  }
  print(`  under load over ${protocol}: ${bytes(samples.at(-1)?.rss ?? 0)}`);
  return { protocol, connections: CONNECTIONS, samples };
}
