import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatNginxVersion } from "@flotilla/common/nginx-version";
import type { Suite } from "@flotilla/distribution/fetch-program";
import { fetchNginx } from "@flotilla/nginx-binary/fetch-nginx";
import { collectText } from "./collect-text.ts";
import { freePorts } from "./free-ports.ts";
import { waitUntil } from "./wait-until.ts";

/** The NGINX versions that everything must work with: Debian 12's, Debian 13's and unstable's. */
export const TESTED_SUITES = ["bookworm", "trixie", "sid"] as const satisfies readonly Suite[];

export interface TestNginx {
  readonly path: string;
  /** "1.22.1" */
  readonly version: string;
}

/** Kept in the repository's `.tools` between runs. */
export async function getTestNginx(suite: Suite): Promise<TestNginx> {
  const toolsFolder = join(import.meta.dir, "../../../.tools");
  const fetched = await fetchNginx({ suite, toolsFolder, onProgress: () => {} });
  if (!fetched.ok) throw new Error(fetched.problems.join("\n"));
  return { path: fetched.value.path, version: formatNginxVersion(fetched.value.version) };
}

/** What a configuration must be rendered for. */
export interface NginxPlace {
  readonly version: string;
  readonly httpPort: number;
  readonly grpcPort: number;
  /** New and empty; for the pid file, sockets and temporary files. */
  readonly folder: string;
  readonly asRoot: boolean;
}

export interface RunningNginx extends NginxPlace, AsyncDisposable {
  /** The master's. */
  readonly pid: number;
  readonly confFile: string;
  /** What it has logged so far. */
  readonly log: () => string;
}

/** Starts NGINX on free loopback ports, and is done when both accept connections. Disposing ends it by its pid. */
export async function startNginx(options: {
  readonly suite: Suite;
  readonly renderConf: (place: NginxPlace) => string;
}): Promise<RunningNginx> {
  const { path, version } = await getTestNginx(options.suite);
  const [httpPort = 0, grpcPort = 0] = freePorts(2);
  const folder = mkdtempSync(join(tmpdir(), "flotilla-nginx-"));
  const place = { version, httpPort, grpcPort, folder, asRoot: process.getuid?.() === 0 };
  const confFile = join(folder, "nginx.conf");
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  try {
    writeFileSync(confFile, options.renderConf(place));
  } catch (error) {
    removeFolder();
    throw error;
  }

  const child = Bun.spawn([path, "-e", "stderr", "-p", folder, "-c", confFile], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  const logged = collectText(child.stderr, (text) => {
    log += text;
  });
  const stop = async () => {
    child.kill("SIGTERM");
    await child.exited;
    await logged;
    removeFolder();
  };
  try {
    await waitUntil(`NGINX ${version} accepts connections`, async () => {
      if (child.exitCode !== null) throw new Error(`NGINX ${version} ended:\n${log}`);
      return (await accepts(httpPort)) && (await accepts(grpcPort));
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...place, pid: child.pid, confFile, log: () => log, [Symbol.asyncDispose]: stop };
}

async function accepts(port: number): Promise<boolean> {
  try {
    const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
    socket.end();
    return true;
  } catch {
    return false; // not yet
  }
}
