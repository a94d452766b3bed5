import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Checked, refused } from "@flotilla/common/checked";
import { fetchProgram, type Program, type Suite } from "@flotilla/distribution/fetch-program";
import { runCommand } from "@flotilla/distribution/run-command";
import { collectText } from "./collect-text.ts";
import { freePorts } from "./free-ports.ts";
import { waitUntil } from "./wait-until.ts";

export type RedisProduct = keyof typeof PRODUCTS;

const PRODUCTS = {
  redis: {
    title: "Redis",
    name: "redis-server",
    packages: ["redis-server", "redis-tools"],
    suite: "bookworm",
  },
  valkey: {
    title: "Valkey",
    name: "valkey-server",
    packages: ["valkey-server", "valkey-tools"],
    suite: "trixie",
  },
} as const satisfies Record<
  string,
  Pick<Program<unknown>, "title" | "name" | "packages"> & { readonly suite: Suite }
>;

/** The machine's own, else Debian's, kept in the repository's `.tools` between runs. */
export async function findRedis(product: RedisProduct): Promise<Checked<string>> {
  const { title, name, packages, suite } = PRODUCTS[product];
  const installed = Bun.which(name);
  if (installed !== null) return { ok: true, value: installed };
  const program = { title, name, packages, file: `bin/${name}`, check, mend: `install ${name}` };
  const toolsFolder = join(import.meta.dir, "../../../.tools");
  return await fetchProgram(program, { suite, toolsFolder, onProgress: () => {} });
}

async function check(path: string): Promise<Checked<string>> {
  const said = await runCommand({ command: [path, "--version"] });
  if (!said.ok) return said;
  return / v=\d/.test(said.value.stdout)
    ? { ok: true, value: path }
    : refused(`${path} says "${said.value.stdout.trim()}"`);
}

export interface RunningRedis extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  /** redis://127.0.0.1:PORT */
  readonly url: string;
  /** As by `kill -9`. What it holds in memory is gone. */
  kill(): Promise<void>;
}

export interface RedisOptions {
  readonly product?: RedisProduct;
  readonly port?: number;
  /** As on its command line: `["--maxmemory", "10mb"]`. */
  readonly settings?: readonly string[];
  /** It speaks TLS alone. */
  readonly tls?: boolean;
}

/** Starts a server that writes nothing to a disk, and is done when it accepts connections. */
export async function startRedis(options: RedisOptions = {}): Promise<RunningRedis> {
  const found = await findRedis(options.product ?? "redis");
  if (!found.ok) throw new Error(found.problems.join("\n"));
  const { port = freePorts(1)[0] ?? 0, settings = [], tls = false } = options;
  const folder = mkdtempSync(join(tmpdir(), "flotilla-redis-"));
  const ports = tls ? ["--port", 0, "--tls-port", port] : ["--port", port];
  const own = [...ports, "--bind", "127.0.0.1", "--dir", folder, "--save", ""].map(String);
  const child = Bun.spawn([found.value, ...own, ...settings], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const kill = async () => {
    child.kill("SIGKILL");
    await child.exited;
    rmSync(folder, { recursive: true, force: true });
  };
  let log = "";
  void collectText(child.stdout, (text) => {
    log += text;
  });
  await waitUntil("the server accepts connections", () => {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}:\n${log}`);
    return log.includes("Ready to accept connections");
  }).catch(async (error) => {
    await kill();
    throw error;
  });
  const url = `redis://127.0.0.1:${port}`;
  return { port, pid: child.pid, url, kill, [Symbol.asyncDispose]: kill };
}
