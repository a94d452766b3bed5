import { expect, test } from "bun:test";
import { createHeartbeatWatch, HEARTBEAT_CHECK_MS } from "./heartbeat-watch.ts";

/** Time passes in the steps in which the watch is asked; those who beat do so at each of them. */
function watchOf(...names: readonly string[]) {
  let time = 0;
  const watch = createHeartbeatWatch(() => time);
  const beating = new Set(names);
  const killed: string[] = [];
  const step = (ms: number) => {
    time += ms;
    for (const name of beating) watch.beat(name);
    const hung = watch.findHung();
    if (hung === undefined) return;
    killed.push(`${hung} at ${time}`);
    watch.ended(hung);
  };
  const pass = (ms: number) => {
    for (let passed = 0; passed < ms; passed += HEARTBEAT_CHECK_MS) step(HEARTBEAT_CHECK_MS);
  };
  return { watch, beating, killed, step, pass };
}

test("who beats is never killed", () => {
  const { killed, pass } = watchOf("server-1", "server-2");

  pass(60_000);

  expect(killed).toEqual([]);
});

test("who has given no beat for five seconds is killed, once", () => {
  const { beating, killed, pass } = watchOf("server-1", "server-2");
  pass(10_000);
  beating.delete("server-2");

  pass(60_000);

  expect(killed).toEqual(["server-2 at 15000"]);
});

test("who has not begun to beat is not waited for", () => {
  const { killed, pass } = watchOf();

  pass(60_000);

  expect(killed).toEqual([]);
});

test("a process that ended is not missed, nor is the next one before its first beat", () => {
  const { watch, beating, killed, pass } = watchOf("server-1");
  pass(1_000);
  beating.clear();
  watch.ended("server-1");

  pass(60_000);

  expect(killed).toEqual([]);
});

test("of several that hang, the next is killed when the one before is ready again", () => {
  const { watch, beating, killed, pass } = watchOf("server-1", "server-2", "server-3");
  pass(1_000);
  beating.clear();
  pass(7_000);
  expect(killed).toEqual(["server-1 at 6000"]);

  beating.add("server-1");
  watch.ready("server-1");
  pass(1_000);

  expect(killed).toEqual(["server-1 at 6000", "server-2 at 8500"]);
});

test("one that does not come back holds the next kill up for ten seconds", () => {
  const { watch, beating, killed, pass } = watchOf("server-1", "server-2", "server-3");
  pass(1_000);
  beating.clear();
  watch.ready("server-3");

  pass(30_000);

  expect(killed).toEqual(["server-1 at 6000", "server-2 at 16000", "server-3 at 26000"]);
});

test("a watch that was stopped or starved itself counts anew", () => {
  const { beating, killed, pass, step } = watchOf("server-1");
  pass(1_000);
  beating.clear();
  step(60_000);
  expect(killed).toEqual([]);

  pass(5_000);

  expect(killed).toEqual(["server-1 at 66000"]);
});
