/** The store's thread, with a pause before its first transaction that is longer than a call may take. */
import "../src/sqlite-worker.ts";

declare const self: Worker;

const PAUSE_MS = 1_500;

const handle = self.onmessage;
let paused = false;
self.onmessage = (event: MessageEvent<{ readonly type: string }>) => {
  if (event.data.type === "run" && !paused) {
    paused = true;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
  }
  handle?.call(self, event);
};
