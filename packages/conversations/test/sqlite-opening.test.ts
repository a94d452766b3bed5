import { expect, test } from "bun:test";
import { join } from "node:path";
import type { Opening } from "./opening-thread.ts";
import { testFile } from "./test-store.ts";

// One chance in six each, where nobody waits.
const FILES = 60;

test("a new file is made by one of those who open it at the same moment, and the others wait", async () => {
  await using place = await testFile();
  const threads = [0, 1].map(() => new Worker(new URL("opening-thread.ts", import.meta.url)));
  try {
    for (let file = 0; file < FILES; file++) {
      const ready = new Int32Array(new SharedArrayBuffer(4));
      const path = join(place.folder, `${file}.db`);
      const opening: Opening = { path, ready, together: threads.length };
      const ends = threads.map((thread) => {
        const { promise, resolve } = Promise.withResolvers<string>();
        thread.onmessage = ({ data }: MessageEvent<string>) => resolve(data);
        thread.postMessage(opening);
        return promise;
      });

      expect(await Promise.all(ends)).toEqual(["opened", "opened"]);
    }
  } finally {
    for (const thread of threads) thread.terminate();
  }
});
