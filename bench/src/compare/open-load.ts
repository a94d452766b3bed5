import { cpuSince, cpuTimes } from "../cpu/cpu-time.ts";
import { leanLoad } from "../lean/lean-load.ts";
import type { Pace } from "../lean/pace.ts";
import { print } from "../print.ts";
import type { Stack } from "../stacks/stack.ts";
import { refuseFailures, targetOf } from "./closed-load.ts";
import { findHighest } from "./find-highest.ts";
import { type Slice, sliceOf } from "./slice.ts";

interface Asked {
  readonly protocol: "http" | "grpc";
  readonly ms: number;
}

/** More than are ever open below saturation: with 256 a rate of 25,000/s could have all of them wait for 10 ms. */
const CONNECTIONS = 256;
const USUAL_CONNECTIONS = 32;

/** At a fixed rate, with latency from when each request was due. */
export async function measureAtRate(
  stack: Stack,
  options: Asked & { readonly perSecond: number },
): Promise<Slice> {
  const { perSecond, ms } = options;
  return await measureLean(stack, options, {
    connections: CONNECTIONS,
    ms,
    pace: { kind: "open", perSecond },
  });
}

/** The highest rate at which 99 of 100 requests are answered within `p99Ms`. */
export async function measureHighestRate(
  stack: Stack,
  options: Asked & { readonly p99Ms: number },
): Promise<Slice> {
  const closed = await measureLean(stack, options, {
    connections: USUAL_CONNECTIONS,
    ms: options.ms,
    pace: { kind: "closed" },
  });
  const most = closed.figures.perSecond ?? 0;
  let best: Slice | undefined;
  const holdsOnce = async (perSecond: number) => {
    const slice = await measureAtRate(stack, { ...options, perSecond });
    const { p99Ms = Number.NaN } = slice.figures;
    const holds = p99Ms <= options.p99Ms;
    const verdict = holds ? "" : ", too slow";
    print(`    ${stack.name} at ${perSecond.toFixed(0)}/s: p99 ${p99Ms.toFixed(1)} ms${verdict}`);
    if (holds) best = { ...slice, figures: { ...slice.figures, perSecond } };
    return holds;
  };
  await findHighest({
    low: most / 20,
    high: most * 1.2,
    // Twice: a machine's one bad moment is not the stack's limit.
    holds: async (perSecond) => (await holdsOnce(perSecond)) || (await holdsOnce(perSecond)),
  });
  if (best === undefined) {
    throw new Error(
      `${stack.name}: no rate has a p99 of ${options.p99Ms} ms, nor has ${most / 20}/s`,
    );
  }
  return best;
}

async function measureLean(
  stack: Stack,
  { protocol }: Asked,
  run: { readonly connections: number; readonly ms: number; readonly pace: Pace },
): Promise<Slice> {
  const before = cpuTimes(await stack.pids());
  const result = await leanLoad(targetOf(stack, { protocol, place: "front" }), run);
  const cpu = cpuSince(before, cpuTimes(await stack.pids()));
  refuseFailures(stack.name, result);
  return sliceOf(result, cpu);
}
