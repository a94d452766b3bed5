import { describe, expect, test } from "bun:test";
import type { SupervisedProcess } from "../supervisor-client.ts";
import { firstSeen, observeProbe, observeProcess, reasonOf } from "./observe-replica.ts";
import type { ProbeResult } from "./probe-replica.ts";

const RUNNING: SupervisedProcess = {
  name: "server-1",
  kind: "replica",
  pid: 11,
  state: "running",
  restarts: 0,
  intent: "run",
  was_ready: true,
  problem: null,
  http: "127.0.0.1:8101",
  grpc: "[::1]:8201",
};
const ENDED = { ...RUNNING, pid: null, state: "waiting", problem: "was ended by SIGKILL" } as const;

const PASS: ProbeResult = { draining: false, problems: [] };
const FAIL: ProbeResult = {
  draining: false,
  problems: [
    { protocol: "http", text: "HTTP: it cannot be reached" },
    { protocol: "grpc", text: "gRPC: NOT_SERVING" },
  ],
};
const DRAINS: ProbeResult = {
  draining: true,
  problems: [{ protocol: "http", text: "HTTP: draining" }],
};

const serving = firstSeen(RUNNING, "up");

function statesAfter(...probes: readonly ProbeResult[]): readonly string[] {
  let replica = serving;
  return probes.map((probe) => {
    replica = observeProbe(replica, probe);
    return replica.state;
  });
}

test("one failed probe is chance, two eject, two passed bring back", () => {
  expect(statesAfter(PASS, FAIL, PASS, FAIL, FAIL, PASS, FAIL, PASS, PASS)).toEqual([
    ...["serving", "serving", "serving", "serving", "ejected"],
    ...["ejected", "ejected", "ejected", "serving"],
  ]);
});

test("the first word of a drain counts, and no later probe takes it back", () => {
  expect(statesAfter(DRAINS, PASS, PASS, FAIL)).toEqual(Array(4).fill("draining"));
});

describe("a replica that is seen for the first time", () => {
  test.each([
    ["serves if NGINX sends it requests", RUNNING, "up", "serving"],
    ["is ejected if NGINX leaves it out", RUNNING, "down", "ejected"],
    ["starts if NGINX does not know it", RUNNING, "none", "starting"],
    ["starts if it was not ready yet", { ...RUNNING, state: "starting" }, "up", "starting"],
    ["drains if it was told to", { ...RUNNING, intent: "stay" }, "up", "draining"],
    ["is drained if it has ended so", { ...ENDED, intent: "stay" }, "down", "drained"],
    ["is gone if it has ended by itself", ENDED, "up", "gone"],
    [
      "starts if it was only just added",
      { ...ENDED, was_ready: false, problem: null },
      "none",
      "starting",
    ],
  ] as const)("%s", (...row) => {
    const [, process, line, state] = row;
    expect(firstSeen(process, line).state).toBe(state);
  });

  test("has the addresses that the supervisor tells", () => {
    expect(serving.replica).toEqual({
      id: "server-1",
      host: "127.0.0.1",
      httpPort: 8101,
      grpcPort: 8201,
    });
  });
});

describe("its process", () => {
  test("ends and starts anew, and what was known of the old one is forgotten", () => {
    const failing = observeProbe(serving, FAIL);
    const gone = observeProcess(failing, ENDED);
    const anew = observeProcess(gone, { ...RUNNING, pid: 12, state: "starting" });

    expect(gone.state).toBe("gone");
    expect(anew).toMatchObject({ state: "starting", failures: 0, complaint: null });
    expect(observeProbe(anew, PASS).state).toBe("serving");
  });

  test("is a new one though nobody saw the old one end", () => {
    expect(observeProcess(serving, { ...RUNNING, pid: 12 }).state).toBe("starting");
  });

  test("drains as it is told, and is then drained", () => {
    const told = observeProcess(serving, { ...RUNNING, intent: "stay" });
    expect(told.state).toBe("draining");
    expect(observeProcess(told, { ...ENDED, intent: "stay" }).state).toBe("drained");
  });

  test("drains on when it is told to run again: only the next one serves", () => {
    const told = observeProcess(serving, { ...RUNNING, intent: "stay" });
    const returned = observeProcess(told, RUNNING);
    expect(returned.state).toBe("draining");
    expect(observeProcess(returned, { ...RUNNING, pid: 12 }).state).toBe("starting");
  });
});

test("the reason says what is wrong, and with which protocol", () => {
  const ejected = observeProbe(observeProbe(serving, FAIL), FAIL);
  const drained = observeProcess(serving, { ...ENDED, intent: "stay" });

  expect(reasonOf(serving)).toBeNull();
  expect(reasonOf(ejected)).toBe("HTTP: it cannot be reached; gRPC: NOT_SERVING");
  expect(reasonOf(observeProcess(serving, ENDED))).toBe("was ended by SIGKILL");
  expect(reasonOf(observeProbe(serving, DRAINS))).toBe("it was told to end, and is started again");
  expect(reasonOf(drained)).toBe("drained; `flotilla return server-1` starts it again");
});
