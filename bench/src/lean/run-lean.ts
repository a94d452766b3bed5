import type { LoadResult } from "../generators/load-result.ts";
import { percentile } from "../load/percentile.ts";
import { openPool } from "./lean-pool.ts";
import { type Pace, scheduleOf } from "./pace.ts";
import type { Wire } from "./wire.ts";

const TICK_MS = 1;
/** For what is open or overdue when the last request of an open loop was due. */
const GRACE_MS = 1_000;

/** Asks for so long, over all connections. It questions nothing but the status: who checks answers is elsewhere. */
export async function runLean(options: {
  readonly wire: Wire;
  readonly address: string;
  readonly connections: number;
  readonly ms: number;
  readonly pace: Pace;
}): Promise<LoadResult> {
  const { ms, pace } = options;
  const latencies: number[] = [];
  let failed = 0;
  let asked = 0;
  let sendDue = () => {};
  const pool = await openPool(options, {
    good: (dueMs) => latencies.push(performance.now() - dueMs),
    failed: () => {
      failed += 1;
    },
    free: () => sendDue(),
  });

  const cpu = process.cpuUsage();
  const beginMs = performance.now();
  const schedule = scheduleOf(pace, { beginMs, endMs: beginMs + ms });
  sendDue = () => {
    const now = performance.now();
    while (pool.hasFree()) {
      const dueMs = schedule.dueBy(asked, now);
      if (dueMs === undefined || !pool.send(asked, dueMs)) return;
      asked += 1;
    }
  };
  sendDue();
  const timer = setInterval(sendDue, TICK_MS);
  await Bun.sleep(ms);
  const answers = latencies.length;
  const { user, system } = process.cpuUsage(cpu);
  const tookMs = performance.now() - beginMs;

  if (pace.kind === "open") {
    const graceEnd = performance.now() + GRACE_MS;
    const isOpen = () =>
      pool.openSince().length > 0 || schedule.dueBy(asked, graceEnd) !== undefined;
    while (isOpen() && performance.now() < graceEnd) await Bun.sleep(TICK_MS);
    const now = performance.now();
    latencies.push(...pool.openSince().map((dueMs) => now - dueMs));
    for (;;) {
      const dueMs = schedule.dueBy(asked++, now);
      if (dueMs === undefined) break;
      latencies.push(now - dueMs);
    }
  }
  clearInterval(timer);
  pool.close();
  return {
    answers,
    failed,
    ms: tookMs,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    cpuMs: (user + system) / 1000,
  };
}
