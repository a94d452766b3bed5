import { startFleet } from "@flotilla/testkit/start-fleet";
import { accumulatorFiles } from "@flotilla/testkit/stateful-models";
import { writeModels } from "@flotilla/testkit/write-models";
import { PROTOCOLS, type Protocol } from "../load/load-protocol.ts";
import { holdConversations } from "./hold-conversations.ts";
import { SUM } from "./turn-client.ts";

const CONNECTIONS = 32;
const WARM_TURNS = 100;

interface Rate {
  readonly turnsPerS: number;
  readonly p99Ms: number;
}

/** What one protocol's clients got, as medians over the rounds. */
export interface Price {
  readonly protocol: Protocol;
  readonly sqlite: Rate;
  readonly memory: Rate;
  /** Turns a second with SQLite, as a share of those without. */
  readonly share: number;
}

type Fleet = Awaited<ReturnType<typeof startFleet>>;

/**
 * Two fleets side by side, of which one writes each turn to SQLite and the other to its own memory: turn after turn on
 * 32 connections, now to the one and now to the other, so that a machine with a bad minute has it with both.
 */
export async function measurePrice(options: {
  readonly rounds: number;
  readonly turnsOfEach: number;
}): Promise<readonly Price[]> {
  const { rounds, turnsOfEach } = options;
  await using models = await writeModels({ files: accumulatorFiles(SUM) });
  const start = (session_store: string) =>
    startFleet({ settings: { models: models.folder, session_store }, folder: models.folder });
  await using sqlite = await start("sqlite:");
  await using memory = await start("memory:");
  const measured: Pick<Price, "protocol" | "sqlite" | "memory">[] = [];
  for (const protocol of PROTOCOLS) {
    for (const fleet of [sqlite, memory]) await measureRate(fleet, protocol, WARM_TURNS);
    for (let round = 0; round < rounds; round++) {
      const ofSqlite = await measureRate(sqlite, protocol, turnsOfEach);
      const ofMemory = await measureRate(memory, protocol, turnsOfEach);
      measured.push({ protocol, sqlite: ofSqlite, memory: ofMemory });
    }
  }
  return PROTOCOLS.map((protocol) => {
    const all = measured.filter((one) => one.protocol === protocol);
    const share = median(all.map((one) => one.sqlite.turnsPerS / one.memory.turnsPerS));
    const [ofSqlite, ofMemory] = (["sqlite", "memory"] as const).map((store) => ({
      turnsPerS: median(all.map((one) => one[store].turnsPerS)),
      p99Ms: median(all.map((one) => one[store].p99Ms)),
    })) as [Rate, Rate];
    return { protocol, sqlite: ofSqlite, memory: ofMemory, share };
  });
}

async function measureRate(fleet: Fleet, protocol: Protocol, turnsAtLeast: number): Promise<Rate> {
  const address = protocol === "http" ? new URL(fleet.httpUrl).host : fleet.grpcAddress;
  const begin = performance.now();
  const held = await holdConversations({
    addresses: { [protocol]: address },
    conversations: CONNECTIONS,
    turnsAtLeast,
    thinkMs: 0,
  }).finish();
  const seconds = (performance.now() - begin) / 1000;
  const wrong = held.flatMap(({ failures, findings }) => [...failures, ...findings]);
  if (wrong.length > 0) throw new Error(`not every turn was right: ${JSON.stringify(wrong[0])}`);
  const tookMs = held.flatMap((one) => one.tookMs).sort((a, b) => a - b);
  return {
    turnsPerS: tookMs.length / seconds,
    p99Ms: tookMs[Math.floor(tookMs.length * 0.99)] ?? Number.NaN,
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
