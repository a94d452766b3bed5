import { whenOverdue } from "@flotilla/common/when-overdue";
import type { StoreFailure, StoreHealth, StoreOutcome } from "./session-store.ts";
import {
  claimsFor,
  type FromSqlite,
  giveUp,
  type SqliteThreadOptions,
  type ToSqlite,
} from "./sqlite-protocol.ts";
import { createBreaker, type StoreBreaker } from "./store-breaker.ts";
import type { StoreRequest } from "./store-from.ts";
import { type StoreThread, startThread } from "./store-thread.ts";

/** Requests of one transaction: those that gathered while the one before it ran. */
const REQUESTS_AT_ONCE = 32;

export interface SqliteQueueOptions {
  readonly thread: SqliteThreadOptions;
  readonly script: string;
  /** How long a transaction may take; while they end in time, the calls behind them wait. */
  readonly timeoutMs: number;
  /** Calls that may wait for the transaction that runs. */
  readonly waitingLimit: number;
}

interface Call {
  readonly request: StoreRequest;
  settle(outcome: StoreOutcome<unknown>): void;
}

/** What the thread is to answer next. */
interface Flight {
  readonly calls: readonly Call[];
  readonly claims: Int32Array;
  /** Cancels its clock. */
  onTime(): void;
}

const NO_CALLS = { calls: [], claims: claimsFor(0) };

/** The main thread's end of the store's thread: whatever happens there, every call is answered in time. */
export class SqliteQueue {
  readonly #options: SqliteQueueOptions;
  readonly #breaker: StoreBreaker;
  readonly #late: StoreFailure;
  readonly #waiting = new Set<Call>();
  #thread: StoreThread<ToSqlite> | undefined;
  #flight: Flight | undefined;

  constructor(options: SqliteQueueOptions) {
    this.#options = options;
    this.#breaker = createBreaker({
      name: options.thread.path,
      probe: () => this.#probe(),
      onDown: () => this.#refuseWaiting(),
    });
    this.#late = this.#breaker.failure(
      "timeout",
      `no answer within ${options.timeoutMs} ms; mend: see whether its disk is slow`,
    );
    this.#start();
  }

  ask(request: StoreRequest): Promise<StoreOutcome<unknown>> {
    const refusal = this.#refusal(request);
    if (refusal !== undefined) return Promise.resolve({ ok: false, failure: refusal });
    return new Promise((settle) => {
      this.#waiting.add({ request, settle });
      this.#depart();
    });
  }

  health(): StoreHealth {
    return this.#breaker.health();
  }

  async close(): Promise<void> {
    this.#breaker.close();
    await this.#thread?.close({ type: "close" });
  }

  #refusal(request: StoreRequest): StoreFailure | undefined {
    const { waitingLimit } = this.#options;
    const refusal = this.#breaker.refusal(request);
    if (refusal !== undefined || this.#waiting.size < waitingLimit) return refusal;
    return this.#breaker.failure("busy", `${waitingLimit} calls wait for it, its limit`);
  }

  /** Its thread may answer later; nobody listens to that, except for whether the store is up. */
  #abandon({ calls, claims }: Omit<Flight, "onTime">): void {
    for (const [position, call] of calls.entries()) {
      const mayBeApplied = !giveUp(claims, position);
      call.settle({ ok: false, failure: { ...this.#late, mayBeApplied } });
    }
    this.#breaker.enter(this.#late);
  }

  #depart(): void {
    if (this.#flight !== undefined || this.#waiting.size === 0) return;
    const calls = this.#waiting.values().take(REQUESTS_AT_ONCE).toArray();
    for (const call of calls) this.#waiting.delete(call);
    const claims = claimsFor(calls.length);
    const requests = calls.map(({ request }) => request);
    this.#fly({ calls, claims }, { type: "run", requests, claims });
  }

  #fly(begun: Omit<Flight, "onTime">, message: ToSqlite): void {
    const onTime = whenOverdue(this.#options.timeoutMs, () => this.#abandon(begun));
    this.#flight = { ...begun, onTime };
    this.#thread?.send(message);
  }

  #start(): void {
    this.#thread = startThread<ToSqlite, FromSqlite>({
      script: this.#options.script,
      onAnswer: ({ outcomes, trouble }) => this.#land(trouble, (position) => outcomes[position]),
      onDeath: (reason) => {
        this.#thread = undefined;
        const failure = this.#breaker.failure("unavailable", `its thread died: ${reason}`);
        this.#land(failure, () => ({ ok: false, failure: { ...failure, mayBeApplied: true } }));
      },
    });
    this.#fly(NO_CALLS, { type: "open", options: this.#options.thread });
  }

  /** `outcomeOf` gives undefined for a call that was given up, and so has its answer. */
  #land(
    trouble: StoreFailure | undefined,
    outcomeOf: (position: number) => StoreOutcome<unknown> | undefined,
  ): void {
    const flight = this.#flight;
    this.#flight = undefined;
    flight?.onTime();
    for (const [position, call] of flight?.calls.entries() ?? []) {
      const outcome = outcomeOf(position);
      if (outcome !== undefined) call.settle(outcome);
    }
    this.#breaker.enter(trouble);
    this.#depart();
  }

  #probe(): void {
    if (this.#flight !== undefined) return;
    if (this.#thread === undefined) this.#start();
    else this.#fly(NO_CALLS, { type: "probe" });
  }

  /** Those who wait for a store that is down learn it at once. */
  #refuseWaiting(): void {
    for (const call of [...this.#waiting]) {
      const failure = this.#breaker.refusal(call.request);
      if (failure === undefined) continue;
      this.#waiting.delete(call);
      call.settle({ ok: false, failure });
    }
  }
}
