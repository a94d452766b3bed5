import { expect, test } from "bun:test";
import { mayCloseAtReload } from "../src/chaos/may-close-at-reload.ts";
import { createRecorder } from "../src/load/tally.ts";

test("a tally counts each kind, keeps what did not end well, and starts anew", () => {
  const recorder = createRecorder();
  recorder.record({ kind: "good", retried: true }, 5);
  recorder.record({ kind: "good", retried: false }, 7);
  recorder.record({ kind: "overloaded" }, 1);
  recorder.record({ kind: "broken", detail: "why" }, 3);

  expect(recorder.take()).toMatchObject({
    counts: { good: 2, overloaded: 1, closed: 0, refused: 0, wrong: 0, broken: 1 },
    retried: 1,
    p50Ms: 7,
    p99Ms: 7,
    samples: [{ kind: "broken", detail: "why", tookMs: 3 }],
  });
  expect(recorder.take()).toMatchObject({ counts: { good: 0, broken: 0 }, samples: [] });
  expect(recorder.good).toBe(2);
});

test("a gap between two good answers is seen across phases", async () => {
  const recorder = createRecorder();
  recorder.record({ kind: "good", retried: false }, 1);
  recorder.take();
  await Bun.sleep(5); // the gap itself
  recorder.record({ kind: "good", retried: false }, 1);

  expect(recorder.take().longestGapMs).toBeGreaterThan(4);
});

test.each([
  ["1.22.1", true],
  ["1.26.3", true],
  ["1.27.3", true],
  ["1.27.4", false],
  ["1.30.6", false],
  ["2.0.0", false],
])("NGINX %s may close a connection at a reload: %p", (version, may) => {
  expect(mayCloseAtReload(version)).toBe(may);
});
