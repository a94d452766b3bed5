import { checkGrpc } from "../compare/check-answers.ts";
import { type CpuTimes, cpuSince, cpuTimes } from "../cpu/cpu-time.ts";
import { h2loadLoad } from "../generators/h2load.ts";
import type { LoadResult } from "../generators/load-result.ts";
import { wrkLoad } from "../generators/wrk.ts";
import { spreadOf } from "../pairs/spread.ts";
import type { GrpcTarget, HttpTarget } from "../stacks/stack.ts";
import type { Measuring } from "./curve.ts";
import type { OpenFleet } from "./open-fleet.ts";

/** What a closed loop saw at one point of a curve. */
export interface Point {
  /** Good answers. */
  readonly perSecond: number;
  /** Of all that were asked. */
  readonly failedShare: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Milliseconds of CPU a good answer, by kind of process. */
  readonly cpuMs: CpuTimes;
}

export type Target = { readonly http: HttpTarget } | { readonly grpc: GrpcTarget };

/** The median of each figure over the rounds. */
export async function measurePoint(
  open: Pick<OpenFleet, "pids">,
  target: Target,
  measuring: Pick<Measuring, "generators" | "seconds" | "rounds"> & {
    readonly connections: number;
  },
): Promise<Point> {
  const points: Point[] = [];
  for (let round = 0; round < measuring.rounds; round++) {
    const before = cpuTimes(await open.pids());
    const result = await load(target, measuring);
    points.push(pointOf(result, cpuSince(before, cpuTimes(await open.pids()))));
  }
  return medianPoint(points);
}

const WARM_UP_S = { replica: 2, least: 4, quick: 2 };

/**
 * A curve shows what goes on for long: code is compiled, and costs are estimated, by requests, of which each replica
 * gets its share.
 */
export async function warmUp(
  target: Target,
  { generators, quick }: Pick<Measuring, "generators" | "quick">,
  replicas: number,
): Promise<void> {
  const full = Math.max(WARM_UP_S.least, WARM_UP_S.replica * replicas);
  const seconds = quick ? WARM_UP_S.quick : full;
  await load(target, { generators, connections: 32, seconds });
}

async function load(
  target: Target,
  loop: Pick<Measuring, "generators" | "seconds"> & { readonly connections: number },
): Promise<LoadResult> {
  const { wrk, h2load } = loop.generators;
  if ("http" in target) return await wrkLoad(wrk.path, target.http, loop);
  const answerBytes = await checkGrpc(target.grpc);
  return await h2loadLoad(h2load.path, target.grpc, { ...loop, answerBytes });
}

export function pointOf(
  { answers, failed, ms, p50Ms, p99Ms }: LoadResult,
  usedMs: CpuTimes,
): Point {
  return {
    perSecond: (answers / ms) * 1000,
    failedShare: failed / Math.max(1, answers + failed),
    p50Ms,
    p99Ms,
    cpuMs: mapValues(usedMs, (used) => used / Math.max(1, answers)),
  };
}

function medianPoint(points: readonly Point[]): Point {
  const median = (of: (point: Point) => number) => spreadOf(points.map(of)).median;
  return {
    perSecond: median(({ perSecond }) => perSecond),
    failedShare: median(({ failedShare }) => failedShare),
    p50Ms: median(({ p50Ms }) => p50Ms),
    p99Ms: median(({ p99Ms }) => p99Ms),
    cpuMs: mapValues(points[0]?.cpuMs ?? {}, (_, kind) => median(({ cpuMs }) => cpuMs[kind] ?? 0)),
  };
}

function mapValues(times: CpuTimes, map: (ms: number, kind: string) => number): CpuTimes {
  return Object.fromEntries(Object.entries(times).map(([kind, ms]) => [kind, map(ms, kind)]));
}
