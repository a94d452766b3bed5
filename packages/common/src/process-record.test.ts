import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  endRecordedProcess,
  livingProcesses,
  readProcessRecord,
  writeProcessRecord,
} from "./process-record.ts";

/** A leader that starts a child of its own, and tells that child's pid. */
const FAMILY = `
  const child = Bun.spawn(["sleep", "1000"], { stdout: "ignore" });
  console.log(child.pid);
  await child.exited;
`;

async function startFamily() {
  const leader = Bun.spawn([process.execPath, "-e", FAMILY], { detached: true, stdout: "pipe" });
  const { value } = await leader.stdout.getReader().read();
  return { leader, childPid: Number(new TextDecoder().decode(value)) };
}

test("what a killed leader had started is found by its group, and ended", async () => {
  const { leader, childPid } = await startFamily();
  leader.kill("SIGKILL");
  await leader.exited;
  const recorded = { name: "family", pid: leader.pid, mark: "sleep 1000" };
  expect(livingProcesses(recorded).map(({ pid }) => pid)).toEqual([childPid]);

  await endRecordedProcess(recorded, { signal: "SIGTERM", graceMs: 10_000 });

  expect(livingProcesses(recorded)).toEqual([]);
});

test("what ignores the signal is killed when its time is over", async () => {
  const stubborn = Bun.spawn(
    [
      process.execPath,
      "-e",
      "process.on('SIGTERM', () => {}); console.log(1); setInterval(() => {}, 1000)",
    ],
    { detached: true, stdout: "pipe" },
  );
  await stubborn.stdout.getReader().read();

  await endRecordedProcess(
    { name: "stubborn", pid: stubborn.pid, mark: "setInterval" },
    { signal: "SIGTERM", graceMs: 100 },
  );
  await stubborn.exited;

  expect(stubborn.signalCode).toBe("SIGKILL");
});

test("a process with another command line is not ours, whatever its pid", async () => {
  const other = Bun.spawn(["sleep", "1000"], { detached: true });

  await endRecordedProcess(
    { name: "nginx", pid: other.pid, mark: "nginx: " },
    { signal: "SIGKILL", graceMs: 0 },
  );

  expect(other.killed).toBeFalse();
  expect(other.exitCode).toBeNull();
  other.kill("SIGKILL");
  await other.exited;
});

test("a record survives being written, and a missing one is empty", () => {
  const folder = mkdtempSync(join(tmpdir(), "flotilla-record-"));
  const path = join(folder, "processes.json");
  const processes = [{ name: "nginx", pid: 7, mark: "nginx: " }];

  expect(readProcessRecord(path)).toEqual([]);
  writeProcessRecord(path, processes);
  expect(readProcessRecord(path)).toEqual(processes);
  rmSync(folder, { recursive: true });
});
