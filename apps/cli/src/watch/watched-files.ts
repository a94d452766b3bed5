import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Checked, refused } from "@flotilla/common/checked";

/** What must happen for a change to be seen: who reads the file. */
export type FileUser = "replicas" | "gateway" | "configuration" | "supervisor";

/** A file, or a folder with all that is in it; it need not be there. */
export interface WatchedPlace {
  readonly path: string;
  readonly users: readonly FileUser[];
}

interface WatchedFile {
  /** Equal for a file that was not written since. */
  readonly stamp: string;
  /** Equal for equal bytes. */
  readonly content: string;
  readonly users: readonly FileUser[];
}

export type WatchedFiles = ReadonlyMap<string, WatchedFile>;

export const NO_FILES: WatchedFiles = new Map();

const FILES_LIMIT = 20_000;
/** Links may lead in circles. */
const DEPTH_LIMIT = 16;
/** Larger ones are not read for every save: a new time counts as a new content. */
const COMPARED_BYTES_LIMIT = 4 * 1024 * 1024;

/** Tests, types, caches, hidden files and folders, and what editors leave beside a file. */
const IGNORED =
  /^\.|^#|~$|\.test\.ts$|^model\.types\.ts$|^tsconfig\.json$|^node_modules$|^__pycache__$/;

/** The places as they are now. `before` spares the reading of what was not written since. */
export async function readWatchedFiles(
  places: readonly WatchedPlace[],
  before: WatchedFiles,
): Promise<Checked<WatchedFiles>> {
  const budget = { files: FILES_LIMIT };
  const listed = await Promise.all(
    places.map(async ({ path, users }) => ({ users, files: await listFiles(path, budget) })),
  );
  if (budget.files <= 0) {
    const folders = places.map(({ path }) => path).join(", ");
    return refused(
      `more than ${FILES_LIMIT} files lie in ${folders}; mend: keep others elsewhere, or turn the watch off with --watch false`,
    );
  }
  const files = new Map<string, WatchedFile>();
  for (const { users, files: found } of listed) {
    for (const { path, size, stamp } of found) {
      const known = before.get(path);
      const content = known?.stamp === stamp ? known.content : await contentOf(path, size, stamp);
      files.set(path, { stamp, content, users });
    }
  }
  return { ok: true, value: files };
}

interface ListedFile {
  readonly path: string;
  readonly size: number;
  readonly stamp: string;
}

/** The file, or all that is in the folder, as far as it is there and may be read. */
async function listFiles(
  path: string,
  budget: { files: number },
  depth = 0,
): Promise<readonly ListedFile[]> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) {
    budget.files -= 1;
    const { size, ino, mtimeMs } = found;
    return [{ path, size, stamp: `${ino} ${size} ${mtimeMs}` }];
  }
  if (!found?.isDirectory() || depth > DEPTH_LIMIT || budget.files <= 0) return [];
  const names = await readdir(path).catch(() => []);
  const watched = names.filter((name) => !IGNORED.test(name));
  const lists = await Promise.all(
    watched.map((name) => listFiles(join(path, name), budget, depth + 1)),
  );
  return lists.flat();
}

async function contentOf(path: string, size: number, stamp: string): Promise<string> {
  if (size > COMPARED_BYTES_LIMIT) return stamp;
  const bytes = await Bun.file(path)
    .bytes()
    .catch(() => undefined);
  return bytes === undefined ? stamp : Bun.hash(bytes).toString(36);
}

/** Paths that are new, gone or different in this respect. */
export function changedFiles(
  before: WatchedFiles,
  now: WatchedFiles,
  by: "stamp" | "content",
): readonly string[] {
  const paths = new Set([...before.keys(), ...now.keys()]);
  return [...paths].filter((path) => before.get(path)?.[by] !== now.get(path)?.[by]);
}
