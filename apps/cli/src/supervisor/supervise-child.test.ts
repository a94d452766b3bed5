import { expect, test } from "bun:test";
import { listProcesses } from "@flotilla/common/list-processes";
import { waitUntil } from "@flotilla/testkit/wait-until";
import type { ProcessLine } from "./start-process.ts";
import {
  type Child,
  type ChildEnd,
  type ChildObserver,
  superviseChild,
} from "./supervise-child.ts";

/** A supervised script, with what was observed of it. */
function supervise(
  script: string,
  isReady: () => Promise<boolean> = async () => true,
  program: string = process.execPath,
) {
  const ends: ChildEnd[] = [];
  const lines: ProcessLine[] = [];
  const pids: (number | undefined)[] = [];
  const observer: ChildObserver = {
    onSpawned: ({ pid }) => void pids.push(pid),
    onReady() {},
    onEnd: (_, end) => void ends.push(end),
    onLine: (_, line) => void lines.push(line),
  };
  const spec = {
    name: "stand-in",
    kind: "replica",
    command: [program, "-e", script],
    environment: { PATH: Bun.env["PATH"] },
    mark: script,
    isReady,
  } as const;
  return { child: superviseChild(spec, observer), ends, lines, pids };
}

async function stop(child: Child): Promise<void> {
  child.stop();
  child.signal("SIGKILL");
  await child.ended;
}

const FOREVER = "setInterval(() => {}, 1000)";

test("a process that was killed is started again, with another pid", async () => {
  const { child, ends, pids } = supervise(FOREVER);
  await waitUntil("it runs", () => child.state === "running");

  child.signal("SIGKILL");
  await waitUntil("it runs again", () => child.restarts === 1 && child.state === "running");

  expect(ends).toEqual([{ code: null, signal: "SIGKILL", wasReady: true, restartInMs: 200 }]);
  expect(new Set(pids).size).toBe(2);
  await stop(child);
});

test("a process that keeps failing is started again ever later", async () => {
  const { child, ends } = supervise("process.exit(7)", async () => false);

  await waitUntil("three ends", () => ends.length === 3);

  const told = ends.map(({ code, restartInMs }) => [code, restartInMs]);
  expect(told).toEqual([
    [7, 200],
    [7, 400],
    [7, 800],
  ]);
  await stop(child);
});

test("what a process prints is told line by line, and where it printed it", async () => {
  const { child, lines } = supervise(
    "process.stdout.write('one\\ntw'); process.stdout.write('o\\n'); process.stderr.write('three')",
  );
  await waitUntil("its end", () => child.restarts > 0);
  await stop(child);

  expect(lines.filter(({ from }) => from === "stdout").slice(0, 2)).toEqual([
    { from: "stdout", text: "one" },
    { from: "stdout", text: "two" },
  ]);
  expect(lines).toContainEqual({ from: "stderr", text: "three" });
});

test("what a killed process had started itself is ended before it is started again", async () => {
  const { child, lines, pids } = supervise(
    `const it = Bun.spawn([process.execPath, "-e", ${JSON.stringify(FOREVER)}]); console.log(it.pid); ${FOREVER}`,
  );
  const orphan = await waitUntil("its own child", () => Number(lines[0]?.text ?? 0) || undefined);

  child.signal("SIGKILL");
  await waitUntil("it is started again", () => pids.length === 2);

  expect(listProcesses().some(({ pid }) => pid === orphan)).toBeFalse();
  await stop(child);
});

test("a stopped process is not started again, nor one that waits for its restart", async () => {
  const running = supervise(FOREVER);
  const failing = supervise("process.exit(1)", async () => false);
  await waitUntil("both", () => running.child.pid !== undefined && failing.ends.length === 3);

  await Promise.all([stop(running.child), stop(failing.child)]);

  expect([running.child.state, failing.child.state]).toEqual(["ended", "ended"]);
  expect(running.pids).toHaveLength(1);
});

test("a program that is not there is tried again like one that fails", async () => {
  const { child, ends, lines } = supervise("", async () => false, "/nowhere/nginx");

  await waitUntil("two ends", () => ends.length === 2);
  await stop(child);

  expect(ends.map(({ code }) => code)).toEqual([127, 127]);
  expect(lines[0]?.text).toContain("/nowhere/nginx");
});
