import type { Fleet } from "@flotilla/testkit/start-fleet";
import type { Pace, Protocol } from "../load/load-protocol.ts";
import { startLoad } from "../load/start-load.ts";
import type { Tally } from "../load/tally.ts";

/** Until the queues are as long as they get. */
const SETTLE_MS = 6_000;
const MEASURED_MS = 10_000;

/** What one protocol's clients were told in one steady state. */
export interface Measured {
  readonly goodPerSecond: number;
  readonly overloadedPerSecond: number;
  readonly p99Ms: number;
  readonly overloadedP99Ms: number;
  /** Neither answered nor refused as overload: there must be none, from the first request to the last. */
  readonly others: readonly string[];
}

export async function measure(options: {
  readonly fleet: Fleet;
  readonly protocol: Protocol;
  readonly rounds: number;
  readonly pace: Pace;
  readonly timeoutMs?: number | undefined;
}): Promise<Measured> {
  const { fleet, protocol, rounds, pace, timeoutMs } = options;
  const address = protocol === "http" ? new URL(fleet.httpUrl).host : fleet.grpcAddress;
  await using load = startLoad({
    addresses: { [protocol]: address },
    questions: { kind: "slow", rounds, ...(timeoutMs !== undefined && { timeoutMs }) },
    pace,
  });
  await Bun.sleep(SETTLE_MS);
  const settling = (await load.nextPhase())[protocol];
  await Bun.sleep(MEASURED_MS);
  const steady = (await load.nextPhase())[protocol];
  const last = (await load.finish())[protocol];
  const perSecond = (count: number) => (count / steady.phaseMs) * 1000;
  return {
    goodPerSecond: perSecond(steady.counts.good),
    overloadedPerSecond: perSecond(steady.counts.overloaded),
    p99Ms: steady.p99Ms,
    overloadedP99Ms: steady.overloadedP99Ms,
    others: [settling, steady, last].flatMap(describeOthers),
  };
}

function describeOthers({ counts, samples }: Tally): readonly string[] {
  const { good: _, overloaded: __, ...others } = counts;
  const count = Object.values(others).reduce((sum, each) => sum + each, 0);
  return Array.from({ length: count }, (_, at) => samples[at]?.detail ?? "one more");
}
