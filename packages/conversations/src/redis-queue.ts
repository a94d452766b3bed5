import { whenOverdue } from "@flotilla/common/when-overdue";
import type { RedisAddress } from "./redis-address.ts";
import { openRedisConnection, type RedisConnection } from "./redis-connection.ts";
import { redisFailure } from "./redis-failure.ts";
import { performOnRedis } from "./redis-operations.ts";
import type { StoreFailure, StoreHealth, StoreLimits, StoreOutcome } from "./session-store.ts";
import { createBreaker, type StoreBreaker } from "./store-breaker.ts";
import type { StoreRequest } from "./store-from.ts";

/** With all handshakes, to another continent. */
const CONNECT_MS = 2_000;

export interface RedisQueueOptions {
  readonly address: RedisAddress;
  readonly limits: StoreLimits;
  /** How long the server may take for an answer; while answers come in time, the calls behind them wait. */
  readonly timeoutMs: number;
  /** Calls that may wait for their answers. */
  readonly callsLimit: number;
}

interface Call {
  readonly request: StoreRequest;
  settle(outcome: StoreOutcome<unknown>): void;
}

/** This process's end of the connection: whatever happens at the other end, every call is answered in time. */
export class RedisQueue {
  readonly #options: RedisQueueOptions;
  readonly #breaker: StoreBreaker;
  /** Until there is a first connection. */
  readonly #waiting = new Set<Call>();
  readonly #sent = new Set<Call>();
  #connection: RedisConnection | undefined;
  #connecting = false;
  #onTime = () => {};

  constructor(options: RedisQueueOptions) {
    this.#options = options;
    this.#breaker = createBreaker({
      name: options.address.shown,
      probe: () => void this.#connect(),
      onDown: () => this.#refuseWaiting(),
    });
    this.#watch();
    void this.#connect();
  }

  ask(request: StoreRequest): Promise<StoreOutcome<unknown>> {
    const refusal = this.#refusal(request);
    if (refusal !== undefined) return Promise.resolve({ ok: false, failure: refusal });
    return new Promise((settle) => {
      const call = { request, settle };
      if (this.#connection === undefined) this.#waiting.add(call);
      else void this.#send(this.#connection, call);
    });
  }

  health(): StoreHealth {
    return this.#breaker.health();
  }

  close(): void {
    this.#breaker.close();
    this.#giveUp(this.#breaker.failure("closed", "it is closed"));
  }

  #refusal(request: StoreRequest): StoreFailure | undefined {
    const { callsLimit } = this.#options;
    const refusal = this.#breaker.refusal(request);
    if (refusal !== undefined || this.#waiting.size + this.#sent.size < callsLimit) return refusal;
    return this.#breaker.failure("busy", `${callsLimit} calls wait for it, its limit`);
  }

  /** Also while it is full: whether there is room again is asked over another connection. */
  async #connect(): Promise<void> {
    if (this.#connecting) return;
    this.#connecting = true;
    const opened = await openRedisConnection({
      address: this.#options.address,
      timeoutMs: CONNECT_MS,
      onLost: ({ reason, detail }) => this.#giveUp(this.#breaker.failure(reason, detail)),
    });
    this.#connecting = false;
    if (!opened.ok) {
      const { reason, detail } = opened.failure;
      if (this.#connection === undefined) this.#onTime();
      this.#breaker.enter(this.#breaker.failure(reason, detail));
      return;
    }
    const { value, full } = opened;
    const isNeeded = this.#connection === undefined && !this.#breaker.isClosed();
    if (isNeeded) this.#connection = value;
    else value.end();
    this.#breaker.enter(full && this.#breaker.failure(full.reason, full.detail));
    if (!isNeeded) return;
    this.#watch();
    for (const call of this.#waiting) void this.#send(value, call);
    this.#waiting.clear();
  }

  async #send(connection: RedisConnection, call: Call): Promise<void> {
    this.#sent.add(call);
    if (this.#sent.size === 1) this.#watch();
    const outcome = await this.#perform(connection, call.request);
    // Given up, it has its answer.
    if (!this.#sent.delete(call)) return;
    this.#watch();
    call.settle(outcome);
    if (outcome.ok || outcome.failure.reason === "unexpected") return;
    const failure = { ...outcome.failure, mayBeApplied: false };
    if (failure.reason === "full") this.#breaker.enter(failure);
    else this.#giveUp(failure);
  }

  async #perform(
    connection: RedisConnection,
    request: StoreRequest,
  ): Promise<StoreOutcome<unknown>> {
    try {
      const value = await performOnRedis(connection, request, this.#options.limits);
      return { ok: true, value };
    } catch (error) {
      const { reason, detail, mayBeApplied } = redisFailure(error);
      return { ok: false, failure: { ...this.#breaker.failure(reason, detail), mayBeApplied } };
    }
  }

  /** Someone waits for the server: its next answer is due from now. */
  #watch(): void {
    this.#onTime();
    const { timeoutMs } = this.#options;
    const starting = this.#connection === undefined && this.#breaker.health().state === "up";
    if (!starting && this.#sent.size === 0) return;
    this.#onTime = whenOverdue(timeoutMs, () => {
      const detail = `no answer within ${timeoutMs} ms; mend: see whether it is overloaded, or far away`;
      this.#giveUp(this.#breaker.failure("timeout", detail));
    });
  }

  /** What was sent may be applied; nobody will know by this connection. */
  #giveUp(failure: StoreFailure): void {
    this.#onTime();
    this.#connection?.end();
    this.#connection = undefined;
    for (const call of this.#sent) {
      call.settle({ ok: false, failure: { ...failure, mayBeApplied: true } });
    }
    this.#sent.clear();
    this.#breaker.enter(failure);
  }

  #refuseWaiting(): void {
    for (const call of this.#waiting) {
      const failure = this.#breaker.refusal(call.request);
      if (failure === undefined) continue;
      this.#waiting.delete(call);
      call.settle({ ok: false, failure });
    }
  }
}
