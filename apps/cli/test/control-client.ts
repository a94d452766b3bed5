import { waitUntil } from "@flotilla/testkit/wait-until";

export interface ListedProcess {
  readonly name: string;
  readonly kind: string;
  readonly pid: number | null;
  readonly state: string;
  readonly restarts: number;
  readonly intent: string;
  readonly was_ready: boolean;
  readonly problem: string | null;
  readonly hangs: number;
  readonly http: string | null;
}

interface Answer {
  readonly status: number;
  /** Undefined without one. */
  readonly body: unknown;
}

/** The supervisor's socket, as the gateway uses it. */
export interface ControlClient {
  ask(method: "GET" | "POST" | "PUT", path: string, body?: object | string): Promise<Answer>;
  drain(name: string, then: string): Promise<Answer>;
  processes(): Promise<readonly ListedProcess[]>;
  process(name: string): Promise<ListedProcess>;
  /** Waits until a process is so, and answers with it. */
  until(name: string, wanted: Partial<ListedProcess>): Promise<ListedProcess>;
}

export function controlClient(unix: string): ControlClient {
  const ask: ControlClient["ask"] = async (method, path, body) => {
    const answer = await fetch(`http://supervisor${path}`, {
      method,
      unix,
      ...(body && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
  };
  const processes = async () => (await ask("GET", "/processes")).body as readonly ListedProcess[];
  const find = async (name: string) => (await processes()).find((one) => one.name === name);
  return {
    ask,
    drain: (name, then) =>
      ask("POST", `/replicas/${name}/drain`, `{"then":${JSON.stringify(then)}}`),
    processes,
    async process(name) {
      const found = await find(name);
      if (found === undefined) throw new Error(`the supervisor has no ${name}`);
      return found;
    },
    until: (name, wanted) =>
      waitUntil(`${name} is ${JSON.stringify(wanted)}`, async () => {
        const found = await find(name);
        return found && Bun.deepMatch(wanted, found) ? found : undefined;
      }),
  };
}
