import { cpuSince, cpuTimes } from "../cpu/cpu-time.ts";
import { leanLoad } from "../lean/lean-load.ts";
import { percentile } from "../load/percentile.ts";
import { alternate } from "../pairs/alternate.ts";

const CONNECTIONS = 32;
const SLICE_MS = 1_000;

/** A model and what is asked of it, by turns. */
interface Side {
  readonly model: string;
  readonly bodies: readonly object[];
}

interface Measured {
  readonly answers: number;
  readonly ms: number;
  /** The replica's, of all its threads. */
  readonly cpuMs: number;
}

export interface Pair {
  readonly name: string;
  readonly without: Measured;
  readonly withHandler: Measured;
  /** What one round says: answers with a handler ÷ without, the least and the most of the middle half of the rounds. */
  readonly spread: readonly [number, number];
}

export async function measurePair(options: {
  readonly name: string;
  readonly address: string;
  readonly pid: number;
  readonly without: Side;
  readonly withHandler: Side;
  readonly rounds: number;
}): Promise<Pair> {
  const { name, rounds, without, withHandler } = options;
  const sides = [without, withHandler].map((side) => () => measureSlice({ ...options, ...side }));
  for (const measure of sides) await measure();
  const all = await alternate({ sides, rounds });
  const ratios = all.map(([one, other]) => (one && other ? perSecond(other) / perSecond(one) : 0));
  return {
    name,
    without: total(all.flatMap(([one]) => one ?? [])),
    withHandler: total(all.flatMap(([, other]) => other ?? [])),
    spread: [percentile(ratios, 0.25), percentile(ratios, 0.75)],
  };
}

export function perSecond({ answers, ms }: Measured): number {
  return (answers / ms) * 1000;
}

function total(slices: readonly Measured[]): Measured {
  const sum = (of: keyof Measured) => slices.reduce((all, slice) => all + slice[of], 0);
  return { answers: sum("answers"), ms: sum("ms"), cpuMs: sum("cpuMs") };
}

async function measureSlice(
  options: Side & { readonly address: string; readonly pid: number },
): Promise<Measured> {
  const { model, bodies, address, pid } = options;
  const target = {
    address,
    path: `/models/${model}/predict`,
    bodies: bodies.map((body) => JSON.stringify(body)),
  };
  const before = cpuTimes({ replica: [pid] });
  const run = { connections: CONNECTIONS, ms: SLICE_MS, pace: { kind: "closed" } } as const;
  const { answers, ms, failed } = await leanLoad({ http: target }, run);
  if (failed > 0) throw new Error(`${model}: ${failed} requests failed beside ${answers} answers`);
  const cpuMs = cpuSince(before, cpuTimes({ replica: [pid] }))["replica"] ?? Number.NaN;
  return { answers, ms, cpuMs };
}
