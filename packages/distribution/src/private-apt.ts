import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Checked, refused } from "@flotilla/common/checked";
import {
  type AptSource,
  parseDeb822Sources,
  parseOneLineSources,
  renderDeb822Sources,
  sourcesOfSuite,
} from "./apt-sources.ts";
import { runCommand } from "./run-command.ts";

/** The machine's apt with lists, state and caches of its own: the system is neither read nor changed by it. */
export interface PrivateApt {
  readonly update: () => Promise<Checked<unknown>>;
  /** Downloads the named packages; gives the folder that holds the `.deb` files. */
  readonly download: (packages: readonly string[]) => Promise<Checked<string>>;
}

export async function createPrivateApt(options: {
  readonly suite: string;
  readonly folder: string;
}): Promise<Checked<PrivateApt>> {
  const architecture = await runCommand({ command: ["dpkg", "--print-architecture"] });
  if (!architecture.ok) return architecture;
  const { sources } = archiveOf(options.suite);
  if (sources.length === 0) {
    return refused(
      "no archive of this distribution in /etc/apt/sources.list or /etc/apt/sources.list.d: " +
        "add the distribution's own (`deb MIRROR SUITE main`), or install the program yourself",
    );
  }

  const within = (name: string) => join(options.folder, name);
  for (const name of ["lists/partial", "state", "cache/archives/partial", "debs"]) {
    mkdirSync(within(name), { recursive: true });
  }
  writeFileSync(within("status"), "");
  writeFileSync(within("flotilla.sources"), renderDeb822Sources(sources));
  writeFileSync(
    within("apt.conf"),
    aptConfig({ ...options, architecture: architecture.value.stdout.trim() }),
  );

  // Read last: the machine's own settings (a proxy, say) hold as far as this file does not speak of them.
  const apt = (...words: readonly string[]) =>
    runCommand({
      command: ["apt-get", "--quiet", `--config-file=${within("apt.conf")}`, ...words],
      cwd: within("debs"),
    });
  return {
    ok: true,
    value: {
      update: () => apt("update"),
      download: async (packages) => {
        const output = await apt("download", ...packages);
        return output.ok ? { ok: true, value: within("debs") } : output;
      },
    },
  };
}

/** The machine's own release, and where the packages of a suite come from. */
export function archiveOf(suite: string) {
  const codename = codenameOf(readFileSync("/etc/os-release", "utf8"));
  return {
    codename,
    sources: sourcesOfSuite({ sources: machineSources("/etc/apt"), codename, suite }),
  };
}

function aptConfig(options: {
  readonly suite: string;
  readonly folder: string;
  readonly architecture: string;
}): string {
  const { suite, architecture } = options;
  const path = (name: string) => JSON.stringify(join(options.folder, name));
  return [
    `Dir::State ${path("state")};`,
    `Dir::State::lists ${path("lists")};`,
    `Dir::State::status ${path("status")};`,
    `Dir::Cache ${path("cache")};`,
    `Dir::Etc::sourcelist ${path("flotilla.sources")};`,
    'Dir::Etc::sourceparts "/dev/null";',
    'Dir::Etc::preferences "/dev/null";',
    'Dir::Etc::preferencesparts "/dev/null";',
    `#clear APT::Architectures;\nAPT::Architectures { "${architecture}"; };`,
    // Unstable's lists lapse after a week, and mirrors for tests are often frozen at a day. A named suite is only ever
    // for tests, so that may be; signatures are checked all the same, and the host's own packages must be fresh.
    ...(suite === "host" ? [] : ['Acquire::Check-Valid-Until "false";']),
    'Acquire::Languages "none";',
    'Acquire::Retries "3";',
    // Only the index of packages: other programs ask apt for icons and lists of files besides.
    "#clear Acquire::IndexTargets::deb::DEP-11;",
    "#clear Acquire::IndexTargets::deb::Contents-deb;",
    // What the machine does after an update of its own lists, such as emptying its cache, is none of ours.
    "#clear APT::Update::Pre-Invoke;",
    "#clear APT::Update::Post-Invoke;",
    "#clear APT::Update::Post-Invoke-Success;",
    // As root apt downloads as the user `_apt`, who cannot reach into a home folder. Signatures are checked all the same.
    'APT::Sandbox::User "root";',
    "",
  ].join("\n");
}

function machineSources(folder: string): readonly AptSource[] {
  const parts = listFolder(join(folder, "sources.list.d")).map((name) =>
    join(folder, "sources.list.d", name),
  );
  return [join(folder, "sources.list"), ...parts].flatMap((path) => {
    // apt ignores any other ending; people rename files to switch them off.
    if (path.endsWith(".list")) return parseOneLineSources(readIfThere(path));
    return path.endsWith(".sources") ? parseDeb822Sources(readIfThere(path)) : [];
  });
}

/** Ubuntu's and Debian's derivatives have suites of their own besides those that their mirrors' packages come from. */
export function codenameOf(osRelease: string): string {
  const value = (key: string) => new RegExp(`^${key}="?([a-z0-9.-]+)"?$`, "m").exec(osRelease)?.[1];
  return (
    value("UBUNTU_CODENAME") ?? value("DEBIAN_CODENAME") ?? value("VERSION_CODENAME") ?? "stable"
  );
}

function listFolder(path: string): readonly string[] {
  try {
    return readdirSync(path).sort();
  } catch {
    return []; // older apt has only the one file
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // one of the two places is enough
  }
}
