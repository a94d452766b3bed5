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

/** Tests, caches, hidden files and folders, and what editors leave beside a file. */
const IGNORED = /^\.|^#|~$|\.test\.ts$|^node_modules$|^__pycache__$/;

/** The places as they are now. `before` spares the reading of what was not written since. */
export async function readWatchedFiles(
  places: readonly WatchedPlace[],
  before: WatchedFiles,
): Promise<Checked<WatchedFiles>> {
  const files = new Map<string, WatchedFile>();
  // One at a time: nobody waits for it, and the supervisor has better to do.
  const visit = async (path: string, place: WatchedPlace, depth: number): Promise<void> => {
    if (files.size >= FILES_LIMIT) return;
    const found = await stat(path).catch(() => undefined); // it may be gone by now
    if (found?.isFile()) {
      const stamp = `${found.ino} ${found.size} ${found.mtimeMs}`;
      const known = before.get(path);
      const content =
        known?.stamp === stamp ? known.content : await contentOf(path, found.size, stamp);
      files.set(path, { stamp, content, users: place.users });
    }
    if (!found?.isDirectory() || depth > DEPTH_LIMIT) return;
    const names = await readdir(path).catch(() => []);
    for (const name of names.filter((one) => !IGNORED.test(one))) {
      await visit(join(path, name), place, depth + 1);
    }
  };
  for (const place of places) await visit(place.path, place, 0);
  return files.size < FILES_LIMIT
    ? { ok: true, value: files }
    : refused(
        `more than ${FILES_LIMIT} files lie in ${places.map(({ path }) => path).join(", ")}; mend: keep others elsewhere, or turn the watch off with --watch false`,
      );
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
