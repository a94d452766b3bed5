import type { Tally } from "./tally.ts";

export const PROTOCOLS = ["http", "grpc"] as const;
export type Protocol = (typeof PROTOCOLS)[number];
export type PerProtocol<T> = Readonly<Record<Protocol, T>>;

/** What a load process is to do: its one argument, as JSON. */
export interface Plan {
  /** "host:port" by protocol; one that is not there is left alone. */
  readonly addresses: Readonly<Partial<Record<Protocol, string>>>;
  readonly questions: QuestionsPlan;
  readonly pace: Pace;
}

export type QuestionsPlan =
  /** Of a first-columns model. */
  | { readonly kind: "unique" }
  /** Of a slow model: how many rounds it shall take, and how long a client waits, if it says so. */
  | { readonly kind: "slow"; readonly rounds: number; readonly timeoutMs?: number };

export type Pace =
  /** Each of so many clients asks again when it has its answer, and has thought. */
  | { readonly kind: "closed"; readonly clients: number; readonly thinkMs: number }
  /** So many questions a second, whatever becomes of them. */
  | { readonly kind: "open"; readonly perSecond: number };

/** What the load process is told: the next phase begins; or there is none, and nothing more is asked. */
export type ToLoad = "next phase" | "finish";

/** What it says. */
export type FromLoad =
  /** Every 50 ms: good answers so far. */
  | { readonly type: "good"; readonly good: PerProtocol<number> }
  /** What was counted in the phase that ended. */
  | { readonly type: "phase"; readonly tallies: PerProtocol<Tally> };
