import { openSqliteFile } from "../src/sqlite-file.ts";
import { NO_LIMITS } from "./test-store.ts";

declare const self: Worker;

export interface Opening {
  readonly path: string;
  /** How many are about to open it. */
  readonly ready: Int32Array<SharedArrayBuffer>;
  readonly together: number;
}

/** Opens a file in the very moment in which others do. */
self.onmessage = ({ data: { path, ready, together } }: MessageEvent<Opening>) => {
  Atomics.add(ready, 0, 1);
  while (Atomics.load(ready, 0) < together);
  try {
    openSqliteFile({ path, limits: NO_LIMITS, lockTimeoutMs: 20_000 }).db.close();
    self.postMessage("opened");
  } catch (error) {
    self.postMessage(String(error));
  }
};
