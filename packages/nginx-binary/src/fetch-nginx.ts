import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { type Checked, refused } from "@flotilla/common/checked";
import { formatNginxVersion } from "@flotilla/common/nginx-version";
import { checkNginxBinary, type NginxBinary } from "./nginx-binary.ts";
import { createPrivateApt, type PrivateApt } from "./private-apt.ts";
import { runCommand } from "./run-command.ts";

export type NginxSuite = "host" | "bookworm" | "trixie" | "sid";

interface FetchedNginx {
  /** "host": the machine's own distribution, with its updates. */
  readonly suite: NginxSuite;
  readonly toolsFolder: string;
}

export interface FetchNginxOptions extends FetchedNginx {
  /** Gets one line a step. */
  readonly onProgress: (line: string) => void;
}

/**
 * Debian's or Ubuntu's own package with the libraries it needs, downloaded by apt, which checks the archive's
 * signatures, and unpacked below `toolsFolder`: without root, and without a change to the system.
 */
export async function fetchNginx(options: FetchNginxOptions): Promise<Checked<NginxBinary>> {
  const toolsFolder = resolve(options.toolsFolder);
  const finished = finishedFolder(options);
  const wrapper = join(finished, "nginx");
  if (existsSync(wrapper)) {
    const there = await fetchedNginx(options);
    if (there.ok) return there;
    options.onProgress(`fetching NGINX again: ${finished} does not run`);
  }
  for (const program of ["apt-get", "dpkg-deb"]) {
    if (Bun.which(program) === null) {
      return refused(`NGINX cannot be fetched: that needs Debian's or Ubuntu's ${program}`);
    }
  }

  mkdirSync(toolsFolder, { recursive: true });
  removeAbandoned(toolsFolder);
  const work = mkdtempSync(join(toolsFolder, `.fetching-${process.pid}-`));
  try {
    if (existsSync(finished)) renameSync(finished, join(work, "broken"));
    const built = await build({ ...options, work });
    if (!built.ok) return built;
    putInPlace({ built: join(work, "nginx"), finished });
    const fetched = await checkNginxBinary({ path: wrapper, origin: "fetched" });
    if (fetched.ok) {
      options.onProgress(`NGINX ${formatNginxVersion(fetched.value.version)} is in ${finished}`);
    }
    return fetched;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The one that was fetched before. */
export async function fetchedNginx(options: FetchedNginx): Promise<Checked<NginxBinary>> {
  const path = join(finishedFolder(options), "nginx");
  return existsSync(path)
    ? await checkNginxBinary({ path, origin: "fetched" })
    : refused(`${path} is not there`);
}

function finishedFolder({ suite, toolsFolder }: FetchedNginx): string {
  return join(resolve(toolsFolder), `nginx-${suite}`);
}

async function build(
  options: FetchNginxOptions & { readonly work: string },
): Promise<Checked<NginxBinary>> {
  const { suite, work, onProgress } = options;
  const name = suite === "host" ? "this system's distribution" : `Debian ${suite}`;
  const apt = await createPrivateApt({ suite, folder: join(work, "apt") });
  if (!apt.ok) return apt;

  onProgress(`fetching NGINX: reading the package lists of ${name} ...`);
  // One archive that does not answer may be one that is not needed: the download is what decides.
  const updated = await apt.value.update();
  onProgress(`fetching NGINX: downloading the packages of ${name} ...`);
  const root = join(work, "nginx", "root");
  mkdirSync(root, { recursive: true });
  const unpacked = await unpackClosure(apt.value, root);
  if (!unpacked.ok) {
    const more = updated.ok ? [] : updated.problems;
    return refused(
      ...more,
      ...unpacked.problems,
      `NGINX could not be fetched from ${name}: mend what apt says (network, proxy, ` +
        "/etc/apt/sources.list.d), or install nginx and name it in FLOTILLA_NGINX",
    );
  }
  const written = writeWrapper(join(work, "nginx"));
  return written.ok
    ? checkNginxBinary({ path: written.value, origin: "fetched" })
    : refused(...written.problems);
}

/** nginx and, round by round, the libraries that the packages so far depend on, down to the C library. */
async function unpackClosure(apt: PrivateApt, root: string): Promise<Checked<string>> {
  const known = new Set(["nginx"]);
  let wanted = ["nginx"];
  while (wanted.length > 0) {
    const downloaded = await apt.download(wanted);
    if (!downloaded.ok) return downloaded;
    const debs = downloaded.value;
    wanted = [];
    for (const file of readdirSync(debs)) {
      const deb = join(debs, file);
      const depends = await runCommand({ command: ["dpkg-deb", "--field", deb, "Depends"] });
      if (!depends.ok) return depends;
      const extracted = await runCommand({ command: ["dpkg-deb", "--extract", deb, root] });
      if (!extracted.ok) return extracted;
      wanted.push(...librariesIn(depends.value.stdout).filter((name) => !known.has(name)));
      for (const name of wanted) known.add(name);
      rmSync(deb);
    }
  }
  return { ok: true, value: root };
}

/** `libc6 (>= 2.38), libssl3t64 (>= 3.5.0) | libssl3, iproute2` → the libraries; scripts and tools are not needed. */
export function librariesIn(depends: string): readonly string[] {
  return depends
    .split(",")
    .map((alternatives) => /^\s*([a-z0-9.+-]+)/.exec(alternatives)?.[1] ?? "")
    .filter((name) => /^(?:lib|zlib)/.test(name));
}

const LOADERS = ["ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"];

/**
 * An ordinary executable to whoever calls it. The program runs on the C library that it was built with, started by
 * that library's own loader: another suite's would be too new for the host's. All paths are relative to the script.
 */
function writeWrapper(folder: string): Checked<string> {
  const root = join(folder, "root");
  // Not the links among them: Debian 12's loader is also an absolute link, to the host's own.
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
  const loader = LOADERS.flatMap((name) => files.filter((file) => file.endsWith(`/${name}`)))[0];
  const program = files.find((file) => file.endsWith("sbin/nginx"));
  if (loader === undefined || program === undefined) {
    return refused(`the packages held no ${program === undefined ? "sbin/nginx" : "loader"}`);
  }
  const libraries = files.filter((file) => /\/lib[^/]*\.so[^/]*$/.test(file)).map(dirname);
  const libraryPath = [...new Set(libraries)].sort().map((library) => `$root/${library}`);
  const path = join(folder, "nginx");
  writeFileSync(
    path,
    [
      "#!/bin/sh",
      "# NGINX from a distribution's package, on that package's own C library.",
      'root=$(dirname "$(readlink -f "$0")")/root',
      `exec "$root/${loader}" --library-path "${libraryPath.join(":")}" "$root/${program}" "$@"`,
      "",
    ].join("\n"),
  );
  chmodSync(path, 0o755);
  return { ok: true, value: path };
}

/** Several processes may fetch at once: the first to finish wins, and the others use what it put there. */
function putInPlace(folders: { readonly built: string; readonly finished: string }): void {
  try {
    renameSync(folders.built, folders.finished);
  } catch (error) {
    if (!existsSync(join(folders.finished, "nginx"))) throw error;
  }
}

/** A fetch that was killed leaves its folder behind. */
function removeAbandoned(toolsFolder: string): void {
  for (const name of readdirSync(toolsFolder)) {
    const pid = Number(/^\.fetching-(\d+)-/.exec(name)?.[1]);
    if (pid > 0 && !isAlive(pid)) rmSync(join(toolsFolder, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // someone else's, and alive
  }
}
