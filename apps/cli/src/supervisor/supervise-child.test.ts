import { expect, test } from "bun:test";
import { listProcesses } from "@flotilla/common/list-processes";
import { waitUntil } from "@flotilla/testkit/wait-until";
import type { ProcessLine } from "./start-process.ts";
import {
  type Child,
  type ChildEnd,
  type ChildObserver,
  type ChildSpec,
  superviseChild,
} from "./supervise-child.ts";

/** A supervised script, asked for at each start, with what was observed of it. */
function supervise(
  script: string | (() => string),
  isReady: () => Promise<boolean> = async () => true,
  program: string = process.execPath,
) {
  const ends: ChildEnd[] = [];
  const lines: ProcessLine[] = [];
  const pids: (number | undefined)[] = [];
  let beats = 0;
  const observer: ChildObserver = {
    onSpawned: ({ pid }) => void pids.push(pid),
    onReady() {},
    onEnd: (_, end) => void ends.push(end),
    onLine: (_, line) => void lines.push(line),
    onBeat() {
      beats += 1;
    },
  };
  const spec = (): ChildSpec => ({
    name: "stand-in",
    kind: "replica",
    command: [program, "-e", typeof script === "string" ? script : script()],
    environment: { PATH: Bun.env["PATH"] },
    beats: true,
    mark: "",
    isReady,
  });
  return { child: superviseChild(spec, observer), ends, lines, pids, beats: () => beats };
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

test("a process that was told to stop is started again when somebody says so, and at once", async () => {
  const { child, ends, pids } = supervise(FOREVER);
  await waitUntil("it runs", () => child.state === "running");

  child.stop();
  child.signal("SIGTERM");
  await child.ended;
  expect([child.state, child.pid, child.problem]).toEqual(["ended", undefined, undefined]);
  child.start();
  await waitUntil("it runs again", () => child.state === "running");

  expect(ends.map(({ restartInMs }) => restartInMs)).toEqual([undefined]);
  expect([child.restarts, new Set(pids).size]).toEqual([1, 2]);
  await stop(child);
});

test("a process that waits for its restart need not wait when somebody starts it", async () => {
  const { child, ends } = supervise("process.exit(1)", async () => false);
  await waitUntil("its wait is long", () => ends.at(-1)?.restartInMs === 1_600);

  child.start();

  await waitUntil("it has ended once more", () => ends.length === 5);
  expect(ends.at(-1)?.restartInMs).toBe(200);
  await stop(child);
});

test("a process that is stopping ends before it is started again, and only once", async () => {
  const { child, pids } = supervise(
    `process.on('SIGTERM', () => {}); console.log('deaf'); ${FOREVER}`,
  );
  await waitUntil("it runs", () => child.state === "running");

  child.stop();
  child.start();
  expect(child.state).toBe("stopping");
  child.kill("a test");
  await child.ended;

  expect([child.state, pids.length]).toEqual(["ended", 1]);
});

test("each start asks anew what to start", async () => {
  let script = "process.exit(3)";
  const { child, ends, lines } = supervise(() => script);
  await waitUntil("the first has ended", () => ends.length === 1);

  script = `console.log("the second"); ${FOREVER}`;

  await waitUntil("the second runs", () => lines.some(({ text }) => text === "the second"));
  await stop(child);
});

test("what a process wrote last says why it ended, until it is ready again", async () => {
  let script = "console.error('models/x: no such model'); process.exit(2)";
  let ready = false;
  const { child } = supervise(
    () => script,
    async () => ready,
  );
  await waitUntil("its end", () => child.problem !== undefined);
  script = FOREVER;
  await waitUntil("its next start", () => child.restarts > 0 && child.pid !== undefined);
  expect(child.problem).toBe("ended with exit code 2: models/x: no such model");
  expect(child.wasReady).toBeFalse();

  ready = true;
  await waitUntil("it is ready", () => child.wasReady);
  expect(child.problem).toBeUndefined();
  await stop(child);
});

test("the reason for which a process was killed is its problem", async () => {
  const { child } = supervise(FOREVER);
  await waitUntil("it runs", () => child.state === "running");

  child.kill("it gave no heartbeat for 5 s");

  await waitUntil("its end", () => child.problem !== undefined);
  expect(child.problem).toBe("was ended by SIGKILL: it gave no heartbeat for 5 s");
  await stop(child);
});

test("beats of a process are told, and what it starts itself cannot give them", async () => {
  const { child, lines, beats } = supervise(
    `process.send("beat"); Bun.spawn([process.execPath, "-e", "console.log(typeof process.send)"], { stdout: "inherit" }); ${FOREVER}`,
  );

  await waitUntil("its beat", () => beats() === 1);

  await waitUntil("its child's word", () => lines.length > 0);
  expect(lines).toEqual([{ from: "stdout", text: "undefined" }]);
  await stop(child);
});
