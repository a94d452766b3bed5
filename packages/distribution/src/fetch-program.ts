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
import { createPrivateApt } from "./private-apt.ts";
import { unpackPackages } from "./unpack-packages.ts";

/** "host": the machine's own distribution, with its updates. */
export type Suite = "host" | "bookworm" | "trixie" | "sid";

export interface FetchedOptions {
  readonly suite: Suite;
  readonly toolsFolder: string;
}

export interface FetchOptions extends FetchedOptions {
  /** Gets one line a step. */
  readonly onProgress: (line: string) => void;
}

export interface Program<T> {
  /** As people write it: "NGINX". */
  readonly title: string;
  /** The command's name. */
  readonly name: string;
  /** The packages that hold it, without those of libraries. */
  readonly packages: readonly string[];
  /** How its path in them ends: "sbin/nginx". */
  readonly file: string;
  /** Says whether what is there runs, and what it is. */
  readonly check: (path: string) => Promise<Checked<T>>;
  /** Another way to have it. */
  readonly mend: string;
}

/**
 * A program from Debian's or Ubuntu's own packages with the libraries it needs, downloaded by apt, which checks the
 * archive's signatures, and unpacked below `toolsFolder`: without root, and without a change to the system.
 */
export async function fetchProgram<T>(
  program: Program<T>,
  options: FetchOptions,
): Promise<Checked<T>> {
  const { title, name, check } = program;
  const toolsFolder = resolve(options.toolsFolder);
  const finished = finishedFolder(program, options);
  const wrapper = join(finished, name);
  if (existsSync(wrapper)) {
    const there = await fetchedProgram(program, options);
    if (there.ok) return there;
    options.onProgress(`fetching ${title} again: ${finished} does not run`);
  }
  for (const needed of ["apt-get", "dpkg-deb"]) {
    if (Bun.which(needed) === null) {
      return refused(`${title} cannot be fetched: that needs Debian's or Ubuntu's ${needed}`);
    }
  }

  mkdirSync(toolsFolder, { recursive: true });
  removeAbandoned(toolsFolder);
  const work = mkdtempSync(join(toolsFolder, `.fetching-${process.pid}-`));
  try {
    if (existsSync(finished)) renameSync(finished, join(work, "broken"));
    const built = await build(program, { ...options, work });
    if (!built.ok) return built;
    putInPlace({ built: join(work, name), finished, wrapper });
    const fetched = await check(wrapper);
    if (fetched.ok) options.onProgress(`${title} is in ${finished}`);
    return fetched;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The one that was fetched before. */
export async function fetchedProgram<T>(
  program: Program<T>,
  options: FetchedOptions,
): Promise<Checked<T>> {
  const path = join(finishedFolder(program, options), program.name);
  return existsSync(path) ? await program.check(path) : refused(`${path} is not there`);
}

function finishedFolder({ name }: Program<unknown>, options: FetchedOptions): string {
  return join(resolve(options.toolsFolder), `${name}-${options.suite}`);
}

async function build<T>(
  program: Program<T>,
  options: FetchOptions & { readonly work: string },
): Promise<Checked<T>> {
  const { title, name } = program;
  const { suite, work, onProgress } = options;
  const origin = suite === "host" ? "this system's distribution" : `Debian ${suite}`;
  const apt = await createPrivateApt({ suite, folder: join(work, "apt") });
  if (!apt.ok) return apt;

  onProgress(`fetching ${title}: reading the package lists of ${origin} ...`);
  // One archive that does not answer may be one that is not needed: the download is what decides.
  const updated = await apt.value.update();
  onProgress(`fetching ${title}: downloading the packages of ${origin} ...`);
  const root = join(work, name, "root");
  mkdirSync(root, { recursive: true });
  const unpacked = await unpackPackages(apt.value, { packages: program.packages, root });
  if (!unpacked.ok) {
    const more = updated.ok ? [] : updated.problems;
    return refused(
      ...more,
      ...unpacked.problems,
      `${title} could not be fetched from ${origin}: mend what apt says (network, proxy, ` +
        `/etc/apt/sources.list.d), or ${program.mend}`,
    );
  }
  const written = writeWrapper(join(work, name), program);
  return written.ok ? program.check(written.value) : refused(...written.problems);
}

const LOADERS = ["ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"];

/**
 * An ordinary executable to whoever calls it. The program runs on the C library that it was built with, started by
 * that library's own loader: another suite's would be too new for the host's. All paths are relative to the script.
 */
function writeWrapper(
  folder: string,
  { title, name, file }: Pick<Program<unknown>, "title" | "name" | "file">,
): Checked<string> {
  const root = join(folder, "root");
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).map((entry) => ({
    isFile: entry.isFile(),
    path: relative(root, join(entry.parentPath, entry.name)),
  }));
  // Not the links among them: Debian 12's loader is also an absolute link, to the host's own.
  const files = entries.filter(({ isFile }) => isFile).map(({ path }) => path);
  const loader = LOADERS.flatMap((one) => files.filter((path) => path.endsWith(`/${one}`)))[0];
  const program = entries.find(({ path }) => path.endsWith(`/${file}`))?.path;
  if (loader === undefined || program === undefined) {
    return refused(`the packages held no ${program === undefined ? file : "loader"}`);
  }
  const libraries = files.filter((path) => /\/lib[^/]*\.so[^/]*$/.test(path)).map(dirname);
  const libraryPath = [...new Set(libraries)].sort().map((library) => `$root/${library}`);
  const path = join(folder, name);
  writeFileSync(
    path,
    [
      "#!/bin/sh",
      `# ${title} from a distribution's package, on that package's own C library.`,
      'root=$(dirname "$(readlink -f "$0")")/root',
      `exec "$root/${loader}" --library-path "${libraryPath.join(":")}" "$root/${program}" "$@"`,
      "",
    ].join("\n"),
  );
  chmodSync(path, 0o755);
  return { ok: true, value: path };
}

/** Several processes may fetch at once: the first to finish wins, and the others use what it put there. */
function putInPlace(paths: {
  readonly built: string;
  readonly finished: string;
  readonly wrapper: string;
}): void {
  try {
    renameSync(paths.built, paths.finished);
  } catch (error) {
    if (!existsSync(paths.wrapper)) throw error;
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
