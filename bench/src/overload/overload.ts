import { parseArgs } from "node:util";
import type { Fleet } from "@flotilla/testkit/start-fleet";
import { describeRun } from "../describe-run.ts";
import { PROTOCOLS, type Protocol } from "../load/load-protocol.ts";
import { print } from "../print.ts";
import { writeBlock } from "../write-block.ts";
import { measure } from "./measure.ts";
import { type OverloadRow, overloadTable, problemsOf } from "./overload-table.ts";
import { startOverloadFleet } from "./start-overload-fleet.ts";

/** About 75 ms of one core, as a small language model takes for a paragraph. */
const ROUNDS = 400;
/** Enough that a replica never waits for the next question. */
const CLIENTS = 64;
const IMPATIENT_MS = 2_000;
const LOADS = [
  { times: 1 },
  { times: 2 },
  { times: 5 },
  { times: 2, timeoutMs: IMPATIENT_MS },
  { times: 5, timeoutMs: IMPATIENT_MS },
] as const;

/** `bun run bench overload`: more than a fleet can do, and whether it goes on doing what it can. */
export async function overload(words: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: { write: { type: "boolean", default: false } },
  });
  await using fleet = await startOverloadFleet({ rounds: ROUNDS });
  const before = await stateOf(fleet);
  const rows: OverloadRow[] = [];
  for (const protocol of PROTOCOLS) {
    for await (const row of onProtocol(fleet, protocol)) rows.push(row);
  }
  const after = await stateOf(fleet);
  const unchanged =
    before === after ? `Before and after: ${after}.` : `Before: ${before}. After: ${after}.`;
  const text = `${describeRun(["bun run bench overload", ...words].join(" "))}\n\n${overloadTable(rows)}\n\n${unchanged}`;
  print(`\n${text}\n`);
  const problems = [
    ...problemsOf(rows),
    ...(before === after ? [] : ["the overload changed the fleet"]),
  ];
  for (const problem of problems) print(problem);
  if (values.write) await writeBlock("docs/chaos.md", "overload", text);
  return problems.length === 0 ? 0 : 1;
}

/** The capacity is measured again beside each load: machines are not always equally fast. */
async function* onProtocol(fleet: Fleet, protocol: Protocol): AsyncGenerator<OverloadRow> {
  const measureCapacity = async () => {
    const pace = { kind: "closed", clients: CLIENTS, thinkMs: 0 } as const;
    const { goodPerSecond } = await measure({ fleet, protocol, rounds: ROUNDS, pace });
    print(`${protocol}: ${goodPerSecond.toFixed(0)} answers/s to ${CLIENTS} clients`);
    return goodPerSecond;
  };
  let before = await measureCapacity();
  for (const { times, ...patience } of LOADS) {
    const perSecond = before * times;
    const { timeoutMs } = { timeoutMs: undefined, ...patience };
    const measured = await measure({
      fleet,
      protocol,
      rounds: ROUNDS,
      pace: { kind: "open", perSecond },
      timeoutMs,
    });
    const load = `${times} × that${timeoutMs === undefined ? "" : `, x-timeout-ms: ${timeoutMs}`}`;
    print(
      `  ${load}: ${measured.goodPerSecond.toFixed(0)} answers/s, ${measured.others.length} others`,
    );
    const after = await measureCapacity();
    yield { protocol, load, times, capacityPerSecond: (before + after) / 2, ...measured };
    before = after;
  }
}

async function stateOf(fleet: Fleet): Promise<string> {
  const { nginx, replicas } = await fleet.status();
  const each = replicas.map(({ id, state, restarts }) => `${id} ${state}, ${restarts} restarts`);
  return [...each, `NGINX ${nginx.reloads} reloads`].join("; ");
}
