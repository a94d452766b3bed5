import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { type Checked, refused } from "@flotilla/common/checked";
import { createPrivateApt } from "@flotilla/distribution/private-apt";
import { unpackPackages } from "@flotilla/distribution/unpack-packages";
import { collectText } from "../collect-text.ts";
import { waitUntil } from "../wait-until.ts";
import { type Environment, run } from "./run.ts";

/** Kept between runs: the programs, and the images with their layers. */
export const DOCKER_FOLDER = join(import.meta.dir, "../../../../.tools/docker");

const IP_FORWARD = "/proc/sys/net/ipv4/ip_forward";

interface StartedDaemon {
  /** What its clients need. */
  readonly environment: Environment;
  readonly stop: () => Promise<void>;
}

/** Debian's daemon with its Compose, unpacked and not installed, on a socket and with a data root of its own. */
export async function startDockerDaemon(): Promise<Checked<StartedDaemon>> {
  const root = join(DOCKER_FOLDER, "root");
  const unpacked = await unpackOnce(root);
  if (!unpacked.ok) return unpacked;
  const place = mkdtempSync(join(tmpdir(), "flotilla-docker-"));
  const environment = { ...environmentOf(root), DOCKER_HOST: `unix://${place}/docker.sock` };
  const network = await keepNetwork(place, environment);
  const child = Bun.spawn(
    [
      join(root, "usr/sbin/dockerd"),
      ...["--host", environment.DOCKER_HOST, "--data-root", join(DOCKER_FOLDER, "data")],
      ...["--exec-root", join(place, "exec"), "--pidfile", join(place, "docker.pid")],
      // Containers have networks of their own; the builds use this machine's.
      ...["--bridge", "none"],
    ],
    { env: { ...Bun.env, ...environment }, stdio: ["ignore", "ignore", "pipe"] },
  );
  let log = "";
  void collectText(child.stderr, (text) => {
    log = (log + text).slice(-4_000);
  });
  const stop = async () => {
    child.kill("SIGTERM");
    await child.exited;
    // It leaves the mount of its own network behind, and its rules.
    await run(["umount", join(place, "exec/netns/default")]).catch(() => {});
    await network.restore();
    rmSync(place, { recursive: true, force: true });
  };
  const answers = () =>
    run(["docker", "info"], { environment }).then(
      () => true,
      () => false,
    );
  const up = await waitUntil(
    "the Docker daemon answers",
    async () => child.exitCode !== null || (await answers()),
  ).catch(() => true);
  if (up && child.exitCode === null && (await answers())) {
    return { ok: true, value: { environment, stop } };
  }
  await stop();
  return refused(
    `a Docker daemon could not be started here: ${log.split("\n").slice(-4).join(" ")}`,
  );
}

/** The daemon adds rules of its own, drops whatever else would be forwarded, and switches forwarding on. */
async function keepNetwork(place: string, environment: Environment) {
  const rules = join(place, "rules");
  const tables = ["filter", "nat"].map((table) =>
    run(["xtables-legacy-multi", "iptables-save", "-t", table], { environment }),
  );
  writeFileSync(rules, (await Promise.all(tables)).join(""));
  const forward = readFileSync(IP_FORWARD, "utf8");
  return {
    async restore() {
      await run(["xtables-legacy-multi", "iptables-restore", rules], { environment });
      writeFileSync(IP_FORWARD, forward);
    },
  };
}

/** Debian 12 has Compose 1; the one of Debian 13 needs none of its libraries. */
const PACKAGES = [
  { suite: "host", packages: ["docker.io", "containerd", "runc", "iptables", "debootstrap"] },
  { suite: "trixie", packages: ["docker-compose"] },
];

async function unpackOnce(root: string): Promise<Checked<string>> {
  if (existsSync(join(root, "done"))) return { ok: true, value: root };
  if (Bun.which("apt-get") === null) return refused("Docker is fetched by Debian's apt-get only");
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  const installed = await run(["dpkg-query", "--show"]);
  // "libc6:amd64	2.36-9"
  const without = [...installed.matchAll(/^[^:\t]+/gm)].map(([name]) => name);
  for (const { suite, packages } of PACKAGES) {
    const folder = mkdtempSync(join(tmpdir(), "flotilla-apt-"));
    try {
      const apt = await createPrivateApt({ suite, folder });
      if (!apt.ok) return apt;
      await apt.value.update();
      const unpacked = await unpackPackages(apt.value, { packages, root, without });
      if (!unpacked.ok) return unpacked;
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  // What the package's own scripts would have linked.
  for (const name of ["iptables", "ip6tables"]) {
    symlinkSync("xtables-legacy-multi", join(root, "usr/sbin", name));
  }
  await Bun.write(join(root, "done"), "");
  return { ok: true, value: root };
}

/** Its archive's keys are the system's. */
export function debootstrapEnvironment(): Environment {
  const root = join(DOCKER_FOLDER, "root");
  const system = Bun.env["PATH"] ?? "";
  return existsSync(join(root, "done"))
    ? {
        PATH: [join(root, "usr/sbin"), system].join(delimiter),
        DEBOOTSTRAP_DIR: join(root, "usr/share/debootstrap"),
      }
    : {};
}

function environmentOf(root: string) {
  const libraries = ["usr/lib", "lib"].map((folder) => join(root, folder, multiarch()));
  return {
    PATH: [join(root, "usr/sbin"), join(root, "usr/bin"), Bun.env["PATH"]].join(delimiter),
    LD_LIBRARY_PATH: libraries.join(delimiter),
    XTABLES_LIBDIR: join(root, "usr/lib", multiarch(), "xtables"),
  };
}

function multiarch(): string {
  return process.arch === "arm64" ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
}
