import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { listProcesses } from "@flotilla/common/list-processes";
import { type LocalReplica, localFleet } from "@flotilla/common/local-fleet";
import { livingProcesses, readProcessRecord, signalIfThere } from "@flotilla/common/process-record";
import { settingsEnvironment } from "@flotilla/common/read-settings";
import type { Settings } from "@flotilla/common/settings";
import { stateFolder } from "@flotilla/common/state-folder";
import { collectText } from "./collect-text.ts";
import { freePorts } from "./free-ports.ts";
import { waitUntil } from "./wait-until.ts";

/** What `GET /status` says of a replica. */
interface ReplicaStatus {
  readonly id: string;
  readonly state: string;
  readonly pid: number | null;
  readonly http: string;
  readonly grpc: string;
  readonly weight: number;
  readonly backup: boolean;
  readonly reason: string | null;
  readonly restarts: number;
}

interface FleetStatus {
  readonly nginx: {
    readonly version: string;
    readonly pid: number | null;
    readonly generation: number;
    readonly reloads: number;
    readonly in_step: boolean;
  };
  readonly strategy: string;
  readonly replicas: readonly ReplicaStatus[];
}

/** What an operation answered: the status then, or problem details. */
interface Operated {
  readonly status: number;
  readonly body: FleetStatus & {
    readonly detail?: string;
    readonly problems?: readonly string[];
  };
}

/** The real thing: `flotilla dev` (or `up`) with its replicas, gateway and NGINX. */
export interface Fleet extends AsyncDisposable {
  readonly httpUrl: string;
  readonly grpcAddress: string;
  readonly opsUrl: string;
  readonly supervisorPid: number;
  /** Its folder, `FLOTILLA_STATE`. */
  readonly state: string;
  /** What it has printed so far. */
  output(): string;
  status(): Promise<FleetStatus>;
  replicas(): Promise<readonly ReplicaStatus[]>;
  /** For example `operate("PUT", "/scale", { replicas: 5 })`; answered when it is done. */
  operate(method: "POST" | "PUT", path: string, body?: object): Promise<Operated>;
  /** Pids of all that it started and that lives, also of NGINX's workers. */
  livingPids(): readonly number[];
  /**
   * Ends it as SIGTERM does, and tells its exit code. Throws if a process of it lives on. A state folder that was
   * given stays.
   */
  stop(): Promise<number>;
}

export interface FleetOptions {
  /** Ports and the state folder are the fleet's own, and nothing is watched; whatever else is set here. */
  readonly settings?: Partial<Settings>;
  /** Where it runs and looks for `flotilla.yaml` and `nginx/`; else the repository's. */
  readonly folder?: string;
  /** `up` has no replicas of its own. */
  readonly command?: "dev" | "up";
  /** "ready" waits until it serves, "started" only for its first words. */
  readonly until?: "ready" | "started";
}

const REPOSITORY = resolve(import.meta.dir, "../../..");
const CLI = join(REPOSITORY, "apps/cli/src/main.ts");
/** A first start may fetch NGINX. */
const READY_CEILING_MS = 180_000;

export async function startFleet(options: FleetOptions = {}): Promise<Fleet> {
  const state = options.settings?.state ?? mkdtempSync(join(tmpdir(), "flotilla-"));
  const free = { ...freeSettings(options.settings?.replicas ?? 3), watch: false };
  const settings = { ...free, ...options.settings, state };
  const supervisor = Bun.spawn([process.execPath, CLI, options.command ?? "dev"], {
    cwd: options.folder ?? REPOSITORY,
    env: { ...environmentOfOthers(), ...settingsEnvironment(settings) },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  let output = "";
  const collect = (text: string) => {
    output += text;
  };
  void collectText(supervisor.stdout, collect);
  void collectText(supervisor.stderr, collect);

  const { processes } = stateFolder(state);
  const opsUrl = `http://127.0.0.1:${settings.ops_port}`;
  const living = () =>
    readProcessRecord(processes).flatMap((recorded) =>
      livingProcesses({ ...recorded, mark: "" }).map(({ pid }) => pid),
    );
  const status = async () => (await (await fetch(`${opsUrl}/status`)).json()) as FleetStatus;
  const stop = async () => {
    const before = living();
    supervisor.kill("SIGTERM");
    const code = await endOf(supervisor);
    const survivors = before.filter((pid) => isAlive(pid));
    for (const pid of survivors) signalIfThere(pid, "SIGKILL");
    if (options.settings?.state === undefined) rmSync(state, { recursive: true, force: true });
    if (survivors.length > 0) throw new Error(`processes lived on: ${survivors}\n${output}`);
    return code;
  };
  const fleet: Fleet = {
    httpUrl: `http://127.0.0.1:${settings.http_port}`,
    grpcAddress: `127.0.0.1:${settings.grpc_port}`,
    opsUrl,
    supervisorPid: supervisor.pid,
    state,
    output: () => output,
    status,
    replicas: async () => (await status()).replicas,
    operate: operateAt(opsUrl),
    livingPids: living,
    stop,
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
  const wanted = options.until === "started" ? /starts \(pid/ : /^Ready after/m;
  await waitUntil(
    "the fleet is ready",
    () => wanted.test(output) || supervisor.exitCode !== null,
    READY_CEILING_MS,
  ).catch(async (error) => {
    await stop();
    throw new Error(`${error.message}\n${output}`);
  });
  if (supervisor.exitCode !== null) {
    await stop();
    throw new Error(`the fleet ended with ${supervisor.exitCode}\n${output}`);
  }
  return fleet;
}

function operateAt(opsUrl: string): Fleet["operate"] {
  return async (method, path, body) => {
    const answer = await fetch(`${opsUrl}${path}`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
      timeout: false,
    });
    return { status: answer.status, body: (await answer.json()) as Operated["body"] };
  };
}

/** Ports that nobody has, for NGINX, the gateway and every replica. */
export function freeSettings(replicas: number) {
  const [http_port = 0, grpc_port = 0, ops_port = 0] = freePorts(3);
  return { replicas, http_port, grpc_port, ops_port, replica_port_base: freePortBase(replicas) };
}

/** Local replicas' ports follow from one number. */
function freePortBase(replicas: number): number {
  for (;;) {
    const replica_port_base = 20_000 + Math.floor(Math.random() * 10_000);
    if (localFleet({ replicas, replica_port_base }).every(arePortsFree)) return replica_port_base;
  }
}

function arePortsFree({ host, httpPort, grpcPort }: LocalReplica): boolean {
  try {
    for (const port of [httpPort, grpcPort]) {
      Bun.listen({ hostname: host, port, socket: { data() {} } }).stop(true);
    }
    return true;
  } catch {
    return false;
  }
}

/** What this process has, less the settings of whoever runs the tests. */
function environmentOfOthers(): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(Bun.env).filter(([name]) => !/^(FLOTILLA_(?!TEST_)|SERVER_ID$)/.test(name)),
  );
}

/** Its exit code; 137, as shells say it, where it had to be killed or was. */
async function endOf(supervisor: Bun.Subprocess): Promise<number> {
  const ceiling = setTimeout(() => supervisor.kill("SIGKILL"), 60_000);
  await supervisor.exited;
  clearTimeout(ceiling);
  return supervisor.exitCode ?? 137;
}

function isAlive(pid: number): boolean {
  return listProcesses().some((process) => process.pid === pid);
}
