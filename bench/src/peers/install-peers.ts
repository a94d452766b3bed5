import { createHash } from "node:crypto";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Checked, refused } from "@flotilla/common/checked";
import { runCommand } from "@flotilla/distribution/run-command";
import type { Peer } from "./peers.ts";

const BENCH = join(import.meta.dir, "../..");
const INSTALLED = join(BENCH, ".peers");

/** It installs in seconds, and links what several peers have, so that the disk has it once. */
const UV = "uv==0.13.9";
/** What the pinned packages need. */
const OLDEST_PYTHON = [3, 11] as const;

/** Where a peer's own code is, and where its virtual environment. */
export function peerFolders(name: string) {
  return { sources: join(BENCH, "peers", name), environment: join(INSTALLED, name) };
}

/** Whether a peer is here as its requirements say; else why not. */
export async function installedPeer(peer: Peer): Promise<Checked<Peer>> {
  const marker = Bun.file(markerOf(peer.name));
  if ((await marker.exists()) && (await marker.text()) === (await wantedOf(peer))) {
    return { ok: true, value: peer };
  }
  return refused(`${peer.name} is not installed: \`bun run bench install-peers ${peer.name}\``);
}

/** Installs those that are missing or outdated, one after the other. What fails for one stops no other. */
export async function installPeers(options: {
  readonly peers: readonly Peer[];
  /** Gets one line a step. */
  readonly onProgress: (line: string) => void;
}): Promise<ReadonlyMap<string, Checked<Peer>>> {
  const { peers, onProgress } = options;
  const results = new Map<string, Checked<Peer>>();
  for (const peer of peers) {
    let result = await installedPeer(peer);
    if (!result.ok) {
      onProgress(`${peer.name}: installs`);
      const start = performance.now();
      result = await install(peer);
      const seconds = ((performance.now() - start) / 1000).toFixed(0);
      onProgress(
        result.ok
          ? `${peer.name}: installed after ${seconds} s`
          : `${peer.name}: left out: ${result.problems.join("\n")}`,
      );
    }
    results.set(peer.name, result);
  }
  return results;
}

async function install(peer: Peer): Promise<Checked<Peer>> {
  const { sources, environment } = peerFolders(peer.name);
  const uv = await prepareUv();
  if (!uv.ok) return uv;
  rmSync(environment, { recursive: true, force: true });
  const python = join(environment, "bin/python");
  const cache = ["--cache-dir", join(INSTALLED, "cache")];
  const steps: (readonly string[])[] = [
    [uv.value, "venv", "--quiet", "--python", "python3", environment],
    [
      ...[uv.value, "pip", "install", "--quiet", ...cache, "--compile-bytecode"],
      ...["--python", python, "--requirements", join(sources, "requirements.txt")],
    ],
  ];
  if (peer.afterInstall) {
    const [program = "", ...words] = peer.afterInstall;
    steps.push([join(environment, "bin", program), ...words]);
  }
  for (const command of steps) {
    const ran = await runCommand({ command, cwd: existsSync(environment) ? environment : BENCH });
    if (!ran.ok) return ran;
  }
  await Bun.write(markerOf(peer.name), await wantedOf(peer));
  return { ok: true, value: peer };
}

/** The path of uv, which has a virtual environment of its own. */
async function prepareUv(): Promise<Checked<string>> {
  const environment = join(INSTALLED, "uv");
  const uv = join(environment, "bin/uv");
  const found = await runCommand({ command: [uv, "--version"] });
  if (found.ok && found.value.stdout.startsWith(UV.replace("==", " "))) {
    return { ok: true, value: uv };
  }
  const [major, minor] = OLDEST_PYTHON;
  const code = `import sys, ensurepip; sys.exit(sys.version_info < (${major}, ${minor}))`;
  const python = await runCommand({ command: ["python3", "-c", code] });
  if (!python.ok) {
    return refused(
      `the peers need python3 ${major}.${minor} or later with venv (Debian, Ubuntu: apt-get install python3-venv)`,
      ...python.problems,
    );
  }
  mkdirSync(INSTALLED, { recursive: true });
  for (const command of [
    ["python3", "-m", "venv", "--clear", environment],
    [join(environment, "bin/pip"), "install", "--quiet", UV],
  ]) {
    const ran = await runCommand({ command });
    if (!ran.ok) return ran;
  }
  return { ok: true, value: uv };
}

function markerOf(name: string): string {
  return join(peerFolders(name).environment, "flotilla-installed");
}

async function wantedOf(peer: Peer): Promise<string> {
  const requirements = await Bun.file(
    join(peerFolders(peer.name).sources, "requirements.txt"),
  ).bytes();
  return createHash("sha256")
    .update(requirements)
    .update(JSON.stringify(peer.afterInstall ?? []))
    .digest("hex");
}
