import { localReplica } from "@flotilla/common/local-fleet";
import type { Screen } from "../screen/screen.ts";
import { checkReplicaPorts } from "./check-ports.ts";
import { type FleetSpec, replicaSpec } from "./child-specs.ts";
import type { FleetPlan } from "./fleet-record.ts";
import type { ReplicaIntent } from "./replica-intent.ts";
import type { Child, ChildObserver } from "./supervise-child.ts";
import { type SupervisedReplica, superviseReplica } from "./supervise-replica.ts";

/** The replicas of the fleet, by their numbers. */
export interface SupervisedReplicas {
  readonly children: readonly Child[];
  /** What the next start is to begin with. */
  readonly wanted: Pick<FleetPlan, "replicas" | "drained">;
  find(name: string): SupervisedReplica | undefined;
  intentOf(child: Child): ReplicaIntent;
  /** Adds those that are missing; where one cannot be, none, and the answer is why. It ends none. */
  grow(replicas: number): readonly string[];
  /** From now on every end is for good. */
  stop(): void;
}

export function superviseReplicas(options: {
  /** With the settings of the moment. */
  readonly fleet: () => FleetSpec;
  readonly plan: FleetPlan;
  readonly observer: ChildObserver;
  readonly screen: Screen;
  /** Of an intent, or of the list. */
  readonly onChange: () => void;
}): SupervisedReplicas {
  const { fleet, plan, onChange } = options;
  let replicas: readonly SupervisedReplica[] = [];
  let size = plan.replicas;
  let stopped = false;

  const staying = () => replicas.filter(({ intent }) => intent !== "leave");
  const wantedSize = () => Math.min(size, staying().length);
  const create = (number: number, intent: "run" | "stay" = "run"): SupervisedReplica =>
    superviseReplica({
      ...options,
      number,
      intent,
      spec: () => replicaSpec(withSize(fleet(), wantedSize()), number),
      limits: () => fleet().settings,
      onIntent: onChange,
      onLeft() {
        replicas = replicas.filter((replica) => replica.number !== number);
        onChange();
      },
    });
  replicas = numbersTo(size).map((number) => {
    const { id } = localReplica(fleet().settings, number);
    return create(number, plan.drained.includes(id) ? "stay" : "run");
  });
  return {
    get children() {
      return replicas.map(({ child }) => child);
    },
    get wanted() {
      const drained = replicas.filter(({ intent }) => intent === "stay");
      return { replicas: wantedSize(), drained: drained.map(({ child }) => child.spec.name) };
    },
    find: (name) => replicas.find(({ child }) => child.spec.name === name),
    intentOf: (child) => replicas.find((replica) => replica.child === child)?.intent ?? "run",
    grow(wanted) {
      if (stopped) return ["the fleet is being stopped"];
      const present = new Set(replicas.map(({ number }) => number));
      const missing = numbersTo(wanted).filter((number) => !present.has(number));
      const { settings } = fleet();
      const problems = checkReplicaPorts(missing.map((number) => localReplica(settings, number)));
      if (problems.length > 0) return problems;
      size = wanted;
      const leaving = replicas.filter(({ number, intent }) => number <= size && intent === "leave");
      for (const replica of leaving) replica.start();
      const added = missing.map((number) => create(number));
      replicas = [...replicas, ...added].sort((one, other) => one.number - other.number);
      onChange();
      return [];
    },
    stop() {
      stopped = true;
      for (const replica of replicas) replica.stop();
    },
  };
}

function numbersTo(last: number): readonly number[] {
  return Array.from({ length: last }, (_, at) => at + 1);
}

/** Replicas share the cores of their host, each by how many there are. */
function withSize(fleet: FleetSpec, replicas: number): FleetSpec {
  return { ...fleet, settings: { ...fleet.settings, replicas } };
}
