import { readFileSync } from "node:fs";
import { openExchange } from "../conversations/http-exchange.ts";

const CONNECTIONS = 32;
const SLICE_MS = 500;
/** Of a second, as Linux counts a process's time. */
const TICKS = 100;

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

/** Slices of the one and the other by turns, so that a machine with a bad second has it with both. */
export async function measurePair(options: {
  readonly name: string;
  readonly address: string;
  readonly pid: number;
  readonly without: Side;
  readonly withHandler: Side;
  readonly rounds: number;
}): Promise<Pair> {
  const { name, rounds, without, withHandler } = options;
  const measure = (side: Side) => measureSlice({ ...options, ...side });
  const all = { without: [] as Measured[], withHandler: [] as Measured[] };
  await measure(without);
  await measure(withHandler);
  for (let round = 0; round < rounds; round++) {
    // Whoever is first now is second then.
    const sides =
      round % 2 === 0
        ? (["without", "withHandler"] as const)
        : (["withHandler", "without"] as const);
    for (const side of sides) all[side].push(await measure(options[side]));
  }
  const ratios = all.withHandler
    .map((one, round) => perSecond(one) / perSecond(all.without[round] ?? one))
    .sort((a, b) => a - b);
  const quartile = (share: number) => ratios[Math.floor(ratios.length * share)] ?? Number.NaN;
  return {
    name,
    without: total(all.without),
    withHandler: total(all.withHandler),
    spread: [quartile(0.25), quartile(0.75)],
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
  const requests = bodies.map((body) => requestOf(address, model, JSON.stringify(body)));
  const cpuBefore = cpuMsOf(pid);
  const begin = performance.now();
  let asked = 0;
  const clients = Array.from({ length: CONNECTIONS }, async () => {
    const exchange = openExchange(address);
    while (performance.now() - begin < SLICE_MS) {
      const answer = await exchange.send(requests[asked++ % requests.length] ?? "");
      const good = "status" in answer && answer.status === 200;
      if (!good) throw new Error(`${model}: ${JSON.stringify(answer).slice(0, 300)}`);
    }
    exchange.close();
  });
  await Promise.all(clients);
  return { answers: asked, ms: performance.now() - begin, cpuMs: cpuMsOf(pid) - cpuBefore };
}

function requestOf(address: string, model: string, body: string): string {
  const head = [
    `POST /models/${model}/predict HTTP/1.1`,
    `host: ${address}`,
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return `${head.join("\r\n")}\r\n\r\n${body}`;
}

/** In user and system mode, of all its threads. */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS;
}
