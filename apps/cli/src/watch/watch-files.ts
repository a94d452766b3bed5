import {
  changedFiles,
  type FileUser,
  NO_FILES,
  readWatchedFiles,
  type WatchedPlace,
} from "./watched-files.ts";

export interface FilesChange {
  readonly paths: readonly string[];
  readonly users: ReadonlySet<FileUser>;
}

export interface WatchOptions {
  readonly places: () => readonly WatchedPlace[];
  /** Called when the files are known as they are now; what is saved from then on is told when it is settled. */
  readonly begin: () => Promise<unknown>;
  readonly stop: Promise<unknown>;
  /**
   * Nothing is told while it works; then one change tells all that was saved meanwhile. False: it has failed, and any
   * save may try again, also one that changes nothing.
   */
  readonly onChange: (change: FilesChange) => Promise<boolean>;
  readonly onProblems: (problems: readonly string[]) => void;
}

const POLL_MS = 250;
/** Large folders, and all on a busy host, are read more seldom, so that it costs a fiftieth of a core at most. */
const REST_PER_READ = 50;

/**
 * Tells when files have changed and nothing has been written for a moment. It reads the places again and again, 2 ms
 * for some hundred files: events of the system would not tell of linked folders, of a folder that was
 * replaced, or of a volume that is mounted from elsewhere, and there are only so many of them for a user.
 */
export async function watchFiles(options: WatchOptions): Promise<void> {
  const { places, begin, onChange, onProblems } = options;
  let stopped = false;
  const stop = options.stop.then(() => {
    stopped = true;
  });
  let last = await readWatchedFiles(places(), NO_FILES);
  let told = last.ok ? last.value : NO_FILES;
  let by: "stamp" | "content" = "content";
  let isDone = true;
  await Promise.race([begin(), stop]);
  let readMs = 0;
  while (!stopped && last.ok) {
    await Promise.race([Bun.sleep(Math.max(POLL_MS, readMs * REST_PER_READ)), stop]);
    const start = performance.now();
    const now = await readWatchedFiles(places(), last.value);
    readMs = performance.now() - start;
    const isSettled = now.ok && changedFiles(last.value, now.value, "stamp").length === 0;
    last = now;
    if (stopped || !now.ok || !isSettled) continue;
    const paths = changedFiles(told, now.value, by);
    if (isDone) by = "content";
    if (paths.length === 0) continue;
    const users = paths.flatMap((path) => (now.value.get(path) ?? told.get(path))?.users ?? []);
    told = now.value;
    isDone = await onChange({ paths, users: new Set(users) });
    // A save that was undone meanwhile may have been read by somebody.
    by = "stamp";
  }
  if (!last.ok) onProblems(last.problems);
}
