import { percentile } from "../load/percentile.ts";
import type { Stack } from "../stacks/stack.ts";
import { measureClosed } from "./closed-load.ts";
import type { Measuring } from "./side.ts";
import type { Slice } from "./slice.ts";

const PROBES_EACH_S = 100;

/** `GET /health` at a fixed rate, from when each was due, while others keep the busy stack's models so. */
export async function measureHealth(
  stacks: { readonly probed: Stack; readonly busy: Stack },
  { connections }: { readonly connections: number },
  measuring: Measuring,
): Promise<Slice> {
  const load = { kind: "closed", protocol: "http", place: "front", connections } as const;
  const busy = measureClosed(stacks.busy, load, measuring);
  const tookMs: number[] = [];
  const begin = performance.now();
  const probes = Array.from({ length: measuring.seconds * PROBES_EACH_S }, async (_, at) => {
    const dueMs = begin + (at * 1000) / PROBES_EACH_S;
    await Bun.sleep(dueMs - performance.now());
    // Timers are whole milliseconds, and may be early.
    const sinceMs = Math.min(dueMs, performance.now());
    const answer = await fetch(`http://${stacks.probed.http?.address}/health`);
    await answer.arrayBuffer();
    if (answer.status !== 200) throw new Error(`/health answers ${answer.status}`);
    tookMs.push(performance.now() - sinceMs);
  });
  await Promise.all([busy, ...probes]);
  return { figures: { p50Ms: percentile(tookMs, 0.5), p99Ms: percentile(tookMs, 0.99) } };
}
