import { readFileSync } from "node:fs";
import { openExchange } from "../conversations/http-exchange.ts";

const CONNECTIONS = 32;
const SLICE_MS = 1_000;
/** Of a second, as Linux counts a process's time. */
const TICKS = 100;

/** A model and what is asked of it, by turns. */
interface Side {
  readonly model: string;
  readonly bodies: readonly object[];
}

interface Slice {
  readonly perSecond: number;
  /** Of the replica, for each answer. */
  readonly cpuMs: number;
}

export interface Pair {
  readonly name: string;
  readonly builtIn: Slice;
  readonly handler: Slice;
  /** With the handler ÷ without, as medians over the rounds: what is answered, and what of the replica's CPU it takes. */
  readonly throughput: number;
  readonly cpu: number;
}

/** Slices of the one and the other by turns, so that a machine with a bad second has it with both. */
export async function measurePair(options: {
  readonly name: string;
  readonly address: string;
  readonly pid: number;
  readonly builtIn: Side;
  readonly handler: Side;
  readonly rounds: number;
}): Promise<Pair> {
  const { name, rounds } = options;
  const measure = (side: Side) => measureSlice({ ...options, ...side });
  await measure(options.builtIn);
  await measure(options.handler);
  const pairs: { builtIn: Slice; handler: Slice }[] = [];
  for (let round = 0; round < rounds; round++) {
    // Whoever is first now is second then.
    const first = round % 2 === 0 ? await measure(options.builtIn) : undefined;
    const handler = await measure(options.handler);
    pairs.push({ builtIn: first ?? (await measure(options.builtIn)), handler });
  }
  const ratio = (of: keyof Slice) => median(pairs.map((one) => one.handler[of] / one.builtIn[of]));
  const typical = (side: "builtIn" | "handler"): Slice => ({
    perSecond: median(pairs.map((one) => one[side].perSecond)),
    cpuMs: median(pairs.map((one) => one[side].cpuMs)),
  });
  return {
    name,
    builtIn: typical("builtIn"),
    handler: typical("handler"),
    throughput: ratio("perSecond"),
    cpu: ratio("cpuMs"),
  };
}

async function measureSlice(
  options: Side & { readonly address: string; readonly pid: number },
): Promise<Slice> {
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
  const seconds = (performance.now() - begin) / 1000;
  return { perSecond: asked / seconds, cpuMs: (cpuMsOf(pid) - cpuBefore) / asked };
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

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
