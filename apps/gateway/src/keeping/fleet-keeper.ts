import type { ObservedReplica } from "../fleet/observe-replica.ts";
import type { FleetPlan } from "../fleet/plan-fleet.ts";
import { type Line, lineOf } from "../nginx/line-of.ts";
import { withSources } from "../nginx/user-directives.ts";
import { createPulse, type Pulse } from "../pulse.ts";
import { type Keeping, type KeepingOptions, look, told } from "./keeping.ts";
import { reconcile } from "./reconcile.ts";
import { planObserved, renderFleet, type Wanted } from "./render-fleet.ts";

/** Keeps NGINX in step with the replicas, forever; operations change what is wanted and wait for it. */
export interface FleetKeeper extends Disposable {
  readonly replicas: readonly ObservedReplica[];
  readonly wanted: Wanted;
  /** What is against the configuration that NGINX should have now; empty: nothing. */
  readonly refusal: readonly string[];
  /** NGINX serves with what is wanted now. */
  readonly inStep: boolean;
  /** What the configuration that NGINX serves with has of a replica. */
  lineOf(id: string): Line;
  /** Looks at the processes at once. False: the supervisor does not answer. */
  look(): Promise<boolean>;
  change(wanted: Wanted): void;
  /** What would be against the fleet with these. */
  test(wanted: Wanted): Promise<readonly string[]>;
  /** What would be against the fleet if every replica served. */
  testWhole(): Promise<readonly string[]>;
  /** Asks whenever something may have changed, until there is an answer; undefined: not within the time. */
  until<T>(timeoutMs: number, ask: () => T | undefined): Promise<T | undefined>;
  /** Until it is disposed. */
  run(): Promise<void>;
}

const ERROR_PAUSE_MS = 500;

export function createFleetKeeper(options: KeepingOptions): FleetKeeper {
  const { watch, wake, logger } = options;
  const keeping: Keeping = {
    ...options,
    plan: undefined,
    serving: undefined,
    inStepWith: undefined,
    differsSince: undefined,
    refusal: [],
    looks: 0,
    lastLook: 0,
    released: new Map(),
  };
  /** For who waits: after each look, since most of what a look shows is no change of state. */
  const looked = createPulse();
  let stopped = false;
  return {
    get replicas() {
      return watch.replicas;
    },
    get wanted() {
      return keeping.wanted;
    },
    get refusal() {
      return keeping.refusal;
    },
    get inStep() {
      return keeping.inStepWith === keeping.wanted;
    },
    lineOf: (id) => (keeping.serving === undefined ? "none" : lineOf(keeping.serving, id)),
    async look() {
      const answered = await look(keeping);
      looked.beat();
      wake.beat();
      return answered;
    },
    change(wanted) {
      keeping.wanted = wanted;
      keeping.refusal = [];
      logger.level = wanted.settings.log_level;
      wake.beat();
    },
    test(wanted) {
      const lineOf = (id: string) => told(keeping, id);
      return test(keeping, wanted, planObserved(watch.replicas, wanted.settings, lineOf));
    },
    testWhole() {
      const plan = watch.replicas.map(({ replica }) => [replica.id, "up"] as const);
      return test(keeping, keeping.wanted, new Map(plan));
    },
    until: (timeoutMs, ask) => until({ looked, timeoutMs }, ask),
    async run() {
      while (!stopped) {
        const { count } = wake;
        const pauseMs = await reconcile(keeping).catch((error) => {
          logger.error({ err: error }, "the fleet could not be kept in step; it is tried again");
          return ERROR_PAUSE_MS;
        });
        looked.beat();
        await wake.next({ after: count, timeoutMs: pauseMs });
      }
    },
    [Symbol.dispose]() {
      stopped = true;
      watch[Symbol.dispose]();
      wake.beat();
    },
  };
}

async function test(keeping: Keeping, wanted: Wanted, plan: FleetPlan): Promise<readonly string[]> {
  const { watch, keeper, nginxVersion, folder } = keeping;
  const place = { nginxVersion, folder };
  const rendered = renderFleet({ ...wanted, ...place, replicas: watch.replicas, plan });
  if (!rendered.ok) return rendered.problems;
  return withSources(await keeper.test(rendered.value), wanted.directives);
}

/** Probes change states between two looks. */
const ASK_MS = 50;

async function until<T>(
  options: { readonly looked: Pulse; readonly timeoutMs: number },
  ask: () => T | undefined,
): Promise<T | undefined> {
  const end = performance.now() + options.timeoutMs;
  for (;;) {
    const { count } = options.looked;
    const answer = ask();
    if (answer !== undefined || performance.now() > end) return answer;
    await options.looked.next({ after: count, timeoutMs: ASK_MS });
  }
}
