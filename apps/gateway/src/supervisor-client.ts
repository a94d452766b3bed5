import { failed, type Outcome, success } from "@flotilla/common/failure";
import type { ReplicaSockets } from "@flotilla/common/replica-sockets";
import type { Settings } from "@flotilla/common/settings";

/** What the supervisor is to do with a replica; all but `run` drain it first. */
export type Intent = "run" | "restart" | "stay" | "leave";

/** A process of this host, as the supervisor that owns it tells. */
export interface SupervisedProcess {
  readonly name: string;
  readonly kind: "replica" | "gateway" | "nginx";
  /** Null while it does not run. */
  readonly pid: number | null;
  /** `running` has been ready in this process, `starting` not yet. */
  readonly state: "waiting" | "starting" | "running" | "stopping" | "ended";
  readonly restarts: number;
  readonly intent: Intent;
  /** Under this name it has been ready at least once, in whichever process. */
  readonly was_ready: boolean;
  /** Why it ended or did not become ready; null once it is. */
  readonly problem: string | null;
  /** Another system started it: its `pid` only counts its processes. */
  readonly remote?: true;
  /** How often it was killed because it hung. */
  readonly hangs?: number;
  /** `host:port` */
  readonly http: string | null;
  readonly grpc: string | null;
  /** Of a local replica, where it listens beside its ports. */
  readonly sockets?: ReplicaSockets;
}

export interface SupervisedNginx {
  readonly pid: number | null;
  readonly generation: number;
  readonly reloads: number;
  /** SHA-256 of the configuration that it runs with; null: it was never started. */
  readonly digest: string | null;
}

/** The supervisor's socket. In a question, undefined is: it does not answer now. */
export interface SupervisorClient {
  processes(): Promise<readonly SupervisedProcess[] | undefined>;
  nginx(): Promise<SupervisedNginx | undefined>;
  /** Starts NGINX with a configuration that passed `nginx -t`, or reloads it. */
  load(configuration: string): Promise<SupervisedNginx | undefined>;
  drain(id: string, then: Exclude<Intent, "run">): Promise<Outcome<void>>;
  /** NGINX sends this process nothing new any more. */
  release(id: string, pid: number): Promise<Outcome<void>>;
  start(id: string): Promise<Outcome<void>>;
  /** Adds what is missing up to `server-n`; ends none. */
  grow(replicas: number): Promise<Outcome<void>>;
  /** Flags, variables and `flotilla.yaml`, read anew. */
  readSettings(): Promise<Outcome<Settings>>;
  /** What the replica's process was started with. */
  settingsOf(id: string): Promise<Outcome<Settings>>;
  /** For whatever starts from now on. */
  giveSettings(settings: Settings): Promise<Outcome<void>>;
}

const QUESTION_TIMEOUT_MS = 2_000;
/** It looks for free ports and reads files. */
const ORDER_TIMEOUT_MS = 10_000;

export function createSupervisorClient(socket: string): SupervisorClient {
  const send = (path: string, request: RequestInit, timeoutMs: number) =>
    fetch(`http://supervisor${path}`, {
      ...request,
      unix: socket,
      signal: AbortSignal.timeout(timeoutMs),
    });

  async function ask<T>(path: string, request: RequestInit = {}): Promise<T | undefined> {
    try {
      const answer = await send(path, request, QUESTION_TIMEOUT_MS);
      return answer.ok ? ((await answer.json()) as T) : undefined;
    } catch {
      return undefined;
    }
  }

  async function order(path: string, method: string, body?: object): Promise<Outcome<string>> {
    const json = { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
    try {
      const answer = await send(path, { method, ...(body ? json : {}) }, ORDER_TIMEOUT_MS);
      const text = await answer.text();
      return answer.ok ? success(text) : refusal(answer.status, text);
    } catch {
      return failed("not-ready", "the supervisor does not answer");
    }
  }

  const done = async (order: Promise<Outcome<string>>): Promise<Outcome<void>> => {
    const outcome = await order;
    return outcome.ok ? success(undefined) : outcome;
  };
  const settings = async (order: Promise<Outcome<string>>): Promise<Outcome<Settings>> => {
    const outcome = await order;
    return outcome.ok ? success(JSON.parse(outcome.value).settings) : outcome;
  };
  const of = (id: string) => `/replicas/${encodeURIComponent(id)}`;
  return {
    processes: () => ask("/processes"),
    nginx: () => ask("/nginx"),
    load: (configuration) => ask("/nginx", { method: "PUT", body: configuration }),
    drain: (id, then) => done(order(`${of(id)}/drain`, "POST", { then })),
    release: (id, pid) => done(order(`${of(id)}/release`, "POST", { pid })),
    start: (id) => done(order(`${of(id)}/start`, "POST")),
    grow: (replicas) => done(order("/replicas", "PUT", { replicas })),
    giveSettings: (settings) => done(order("/settings", "PUT", { settings })),
    readSettings: () => settings(order("/settings", "POST")),
    settingsOf: (id) => settings(order(`${of(id)}/settings`, "GET")),
  };
}

function refusal(status: number, body: string): Outcome<never> {
  const problems = problemsOf(body);
  const detail = problems.join("; ") || `the supervisor answered ${status}`;
  if (status === 404) return failed("replica-not-found", "the supervisor has no such replica");
  if (status === 409) return failed("conflict", detail, { problems });
  if (status === 422) return failed("refused-configuration", detail, { problems });
  if (status === 503) return failed("not-ready", "the fleet is being stopped");
  return failed("operation-failed", detail);
}

function problemsOf(body: string): readonly string[] {
  try {
    const { problems } = JSON.parse(body);
    return Array.isArray(problems) ? problems.map(String) : [];
  } catch {
    return [];
  }
}
