import type { Workload } from "../stacks/stack.ts";
import type { StackName } from "../stacks/stacks.ts";

/** Who is measured: a stack, or ONNX Runtime alone. */
export type SideName = StackName | BareName;

export type BareName =
  /** On all cores, at the batch size that turns out best, texts of like length together. */
  | "bare-best"
  /** On all cores, whoever is next in batches of eight. */
  | "bare-blind"
  /** On one core, one at a time. */
  | "bare-one";

export type Load =
  /** Every connection asks again as soon as it is answered. */
  | {
      readonly kind: "closed";
      readonly protocol: "http" | "grpc";
      readonly connections: number;
      readonly place: "front" | "direct";
    }
  /** The highest of fixed rates at which 99 of 100 requests are answered in time, counted from when they were due. */
  | { readonly kind: "highest-rate"; readonly protocol: "http" | "grpc"; readonly p99Ms: number }
  /** Half of the highest such rate of the first side, for both. */
  | { readonly kind: "half-rate"; readonly protocol: "http" | "grpc"; readonly p99Ms: number }
  /** `GET /health` of each side, a hundred times a second, while others ask the first as in a closed loop. */
  | { readonly kind: "health"; readonly connections: number }
  /** One replica, from its start to ready, and what it then holds. */
  | { readonly kind: "start" };

/** What one measurement of one side says. */
export type Figure = "perSecond" | "p50Ms" | "p99Ms" | "readyMs" | "rssMb";

/** What is demanded of the first side, alone or beside the second. */
export type Target = {
  readonly figure: Figure;
  readonly as: "value" | "ratio" | "difference";
} & ({ readonly atLeast: number } | { readonly atMost: number });

export interface Scenario {
  readonly name: string;
  /** For people: what is asked, and how. */
  readonly what: string;
  readonly workload: Workload;
  readonly load: Load;
  /** Flotilla first; what is beside it, if anything. */
  readonly sides: readonly [SideName] | readonly [SideName, SideName];
  /** None: it is reported all the same. */
  readonly targets: readonly Target[];
}
