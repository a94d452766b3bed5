import { PROTOCOLS, type Protocol } from "../load/load-protocol.ts";
import { startLoad } from "../load/start-load.ts";
import type { Sample, Tally } from "../load/tally.ts";
import { mayCloseAtReload } from "./may-close-at-reload.ts";
import type { Scenario } from "./scenarios.ts";
import type { ChaosFleet } from "./start-chaos-fleet.ts";

/** Of each protocol, and each with a connection of its own. */
const CLIENTS = 32;
/** Enough to keep two cores busy, and not so much that every figure is about the queue before NGINX. */
const THINK_MS = 10;
const PHASES = ["start", "before", "during", "after"] as const;
type Phase = (typeof PHASES)[number];

/** What one protocol's clients saw of a scenario: a row of the table. */
export interface Row {
  readonly scenario: Scenario;
  readonly protocol: Protocol;
  readonly nginxVersion: string;
  readonly requests: number;
  readonly failed: number;
  readonly retried: number;
  /** Kept-alive connections closed at a reload, where NGINX cannot do otherwise. */
  readonly exempt: number;
  readonly longestGapMs: number;
  readonly p99Ms: Readonly<Record<Exclude<Phase, "start">, number>>;
  /** Of what failed or was exempt. */
  readonly samples: readonly (Sample & { readonly phase: Phase })[];
}

/**
 * Lets a scenario happen under load over both protocols. Phases are counted in good answers, so a fleet that stops
 * answering shows as a wait in vain and not as a quick success.
 */
export async function runScenario(options: {
  readonly fleet: ChaosFleet;
  readonly scenario: Scenario;
  readonly answersPerPhase: number;
}): Promise<readonly Row[]> {
  const { fleet, scenario, answersPerPhase } = options;
  const reloads = async () => (await fleet.status()).nginx.reloads;
  const reloadsBefore = await reloads();
  await using load = startLoad({
    addresses: { http: new URL(fleet.httpUrl).host, grpc: fleet.grpcAddress },
    questions: { kind: "unique" },
    pace: { kind: "closed", clients: CLIENTS, thinkMs: THINK_MS },
  });
  // Connections are made, and nothing is warm yet.
  await load.good(answersPerPhase / 4);
  const start = await load.nextPhase();
  await load.good(answersPerPhase);
  const before = await load.nextPhase();
  await scenario.happen(fleet);
  const during = await load.nextPhase();
  await load.good(answersPerPhase);
  const after = await load.finish();
  const reloaded = (await reloads()) > reloadsBefore;
  return PROTOCOLS.map((protocol) =>
    rowOf({
      scenario,
      protocol,
      nginxVersion: fleet.nginxVersion,
      closedIsExempt: reloaded && mayCloseAtReload(fleet.nginxVersion),
      tallies: {
        start: start[protocol],
        before: before[protocol],
        during: during[protocol],
        after: after[protocol],
      },
    }),
  );
}

function rowOf(options: {
  readonly scenario: Scenario;
  readonly protocol: Protocol;
  readonly nginxVersion: string;
  readonly closedIsExempt: boolean;
  readonly tallies: Readonly<Record<Phase, Tally>>;
}): Row {
  const { tallies, closedIsExempt, ...row } = options;
  const all = PHASES.map((phase) => tallies[phase]);
  const sum = (count: (tally: Tally) => number) =>
    all.reduce((total, tally) => total + count(tally), 0);
  const requests = sum(({ counts }) => Object.values(counts).reduce((a, b) => a + b, 0));
  const exempt = closedIsExempt ? sum(({ counts }) => counts.closed) : 0;
  return {
    ...row,
    requests,
    failed: requests - exempt - sum(({ counts }) => counts.good),
    retried: sum(({ retried }) => retried),
    exempt,
    longestGapMs: Math.max(...all.map(({ longestGapMs }) => longestGapMs)),
    p99Ms: {
      before: tallies.before.p99Ms,
      during: tallies.during.p99Ms,
      after: tallies.after.p99Ms,
    },
    samples: PHASES.flatMap((phase) =>
      tallies[phase].samples.map((sample) => ({ ...sample, phase })),
    ),
  };
}
