import { expect, test } from "bun:test";
import { cpuSince, cpuTimes } from "../src/cpu/cpu-time.ts";

/** A program that ends when it has used so much of a core. */
const BURN = `while (process.cpuUsage().user < 150_000);`;

test("a process counts with its children, those that ended meanwhile too", async () => {
  const script = `
    await Bun.spawn([process.execPath, "-e", ${JSON.stringify(BURN)}]).exited;
    console.log("ended");
    setInterval(() => {}, 1000);
  `;
  const parent = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe" });
  const other = Bun.spawn([process.execPath, "-e", "setInterval(() => {}, 1000)"]);
  try {
    const pids = { busy: [parent.pid], idle: [other.pid] };
    const before = cpuTimes(pids);
    await parent.stdout.getReader().read();
    const used = cpuSince(before, cpuTimes(pids));

    expect(used["busy"]).toBeGreaterThanOrEqual(100);
    expect(used["idle"]).toBeLessThan(100);
  } finally {
    parent.kill();
    other.kill();
  }
});

test("a kind's descendants are its own, unless they are another kind's", () => {
  const times = (parent: number, ownMs: number) => ({ parent, ownMs, endedChildrenMs: 0 });
  const processes = new Map([
    [1, times(0, 1_000)],
    [10, times(1, 100)],
    [11, times(10, 20)],
    [12, times(11, 3)],
    [13, times(10, 400)],
  ]);

  expect(cpuTimes({ others: [10], replicas: [11] }, processes)).toEqual({
    others: 500,
    replicas: 23,
  });
});

test("what ends between two looks is counted once, through its parent", async () => {
  const before = new Map([
    [10, { parent: 1, ownMs: 100, endedChildrenMs: 0 }],
    [11, { parent: 10, ownMs: 50, endedChildrenMs: 0 }],
  ]);
  const after = new Map([[10, { parent: 1, ownMs: 110, endedChildrenMs: 70 }]]);
  const pids = { server: [10] };

  expect(cpuSince(cpuTimes(pids, before), cpuTimes(pids, after))).toEqual({ server: 30 });
});
