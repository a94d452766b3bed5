import type { Fleet } from "@flotilla/testkit/start-fleet";
import { PROTOCOLS, type Protocol } from "../load/load-protocol.ts";
import { compareWithStore } from "./compare-with-store.ts";
import { FAULTS, type Fault } from "./conversation-checker.ts";
import { makeFaults } from "./conversation-faults.ts";
import { type Held, holdConversations } from "./hold-conversations.ts";
import { type RecallCounts, watchRecalls } from "./watch-recalls.ts";

/** What one protocol's clients saw: a row of the table. */
interface ConversationRow {
  readonly protocol: Protocol;
  readonly conversations: number;
  readonly turns: number;
  readonly fewestTurns: number;
  readonly faults: Readonly<Record<Fault, number>>;
  readonly errors: number;
  /** Kept-alive connections closed at a reload, where NGINX cannot do otherwise. */
  readonly exempt: number;
  readonly retried: number;
  readonly p99Ms: number;
  readonly longestMs: number;
}

export interface Proof {
  readonly rows: readonly ConversationRow[];
  readonly recalls: RecallCounts;
  /** Of all that is not as it should be. */
  readonly samples: readonly string[];
}

/** Turns between two faults, at least. */
const TURNS_BETWEEN = 200;

/** Holds conversations while replicas are killed, drained and scaled, and compares what was answered with the store. */
export async function proveConversations(options: {
  readonly fleet: Fleet;
  readonly conversations: number;
  readonly turnsAtLeast: number;
  readonly thinkMs: number;
  readonly kills: number;
  readonly closedIsExempt: boolean;
  readonly onFault: (fault: string) => void;
}): Promise<Proof> {
  const { fleet, closedIsExempt, kills, onFault } = options;
  await using recalls = watchRecalls(fleet.opsUrl);
  const addresses = { http: new URL(fleet.httpUrl).host, grpc: fleet.grpcAddress };
  const holding = holdConversations({ ...options, addresses });
  await makeFaults(fleet, {
    kills,
    async before(fault) {
      await holding.further(TURNS_BETWEEN);
      await recalls.read();
      onFault(fault);
    },
  });
  const held = await holding.finish();
  const counts = await recalls.read();
  const differences = await compareWithStore(fleet.httpUrl, held);
  const complete = held.map((one) => {
    const difference = differences.get(one);
    return difference === undefined ? one : { ...one, findings: [...one.findings, difference] };
  });
  return {
    rows: PROTOCOLS.map((protocol) => rowOf(protocol, complete, closedIsExempt)),
    recalls: counts,
    samples: complete.flatMap(({ findings, failures }) => [
      ...findings.map(({ fault, detail }) => `${fault}: ${detail}`),
      ...failures,
    ]),
  };
}

export function isKept({ rows }: Pick<Proof, "rows">): boolean {
  return rows.every(
    ({ errors, faults }) => errors === 0 && FAULTS.every((fault) => faults[fault] === 0),
  );
}

function rowOf(protocol: Protocol, all: readonly Held[], closedIsExempt: boolean): ConversationRow {
  const held = all.filter((one) => one.protocol === protocol);
  const sum = (count: (one: Held) => number) => held.reduce((total, one) => total + count(one), 0);
  const faults = Object.fromEntries(
    FAULTS.map((fault) => [
      fault,
      sum(({ findings }) => findings.filter((finding) => finding.fault === fault).length),
    ]),
  ) as Record<Fault, number>;
  const closed = sum((one) => one.closed);
  const tookMs = held.flatMap((one) => one.tookMs).sort((a, b) => a - b);
  return {
    protocol,
    conversations: held.length,
    turns: sum(({ turns }) => turns),
    fewestTurns: Math.min(...held.map(({ turns }) => turns)),
    faults,
    errors: sum(({ failures }) => failures.length) + (closedIsExempt ? 0 : closed),
    exempt: closedIsExempt ? closed : 0,
    retried: sum(({ retried }) => retried),
    p99Ms: tookMs[Math.floor(tookMs.length * 0.99)] ?? Number.NaN,
    longestMs: tookMs.at(-1) ?? Number.NaN,
  };
}
