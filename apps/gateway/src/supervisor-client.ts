/** A process of this host, as the supervisor that owns it tells. */
export interface SupervisedProcess {
  readonly name: string;
  readonly kind: "replica" | "gateway" | "nginx";
  /** Null while it does not run. */
  readonly pid: number | null;
  readonly restarts: number;
}

export interface SupervisedNginx {
  readonly pid: number | null;
  readonly generation: number;
  readonly reloads: number;
  /** SHA-256 of the configuration that it runs with; null: it was never started. */
  readonly digest: string | null;
}

/** The supervisor's socket. Undefined is: it does not answer now. */
export interface SupervisorClient {
  processes(): Promise<readonly SupervisedProcess[] | undefined>;
  nginx(): Promise<SupervisedNginx | undefined>;
  /** Starts NGINX with a configuration that passed `nginx -t`, or reloads it. */
  load(configuration: string): Promise<SupervisedNginx | undefined>;
}

const TIMEOUT_MS = 2_000;

export function createSupervisorClient(socket: string): SupervisorClient {
  async function ask<T>(path: string, request: RequestInit = {}): Promise<T | undefined> {
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const answer = await fetch(`http://supervisor${path}`, { ...request, unix: socket, signal });
      return answer.ok ? ((await answer.json()) as T) : undefined;
    } catch {
      return undefined;
    }
  }
  return {
    processes: () => ask("/processes"),
    nginx: () => ask("/nginx"),
    load: (configuration) => ask("/nginx", { method: "PUT", body: configuration }),
  };
}
