import { afterEach, beforeEach, expect, test } from "bun:test";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { createStandInProcesses, type StandInProcesses } from "../../test/stand-in-processes.ts";
import type { ReplicaProbe } from "./probe-replica.ts";
import { createFleetWatch, type FleetWatch } from "./watch-fleet.ts";

let processes: StandInProcesses;
let watch: FleetWatch;
let changes: string[];
/** Of replicas that do not answer: their probes never end. */
let hanging: Set<string>;
let open: Set<string>;

beforeEach(() => {
  processes = createStandInProcesses();
  changes = [];
  hanging = new Set();
  open = new Set();
  watch = createFleetWatch({
    connect(replica): ReplicaProbe {
      const { probe } = processes.connect(replica);
      open.add(replica.id);
      return {
        probe: () => (hanging.has(replica.id) ? new Promise(() => {}) : probe()),
        [Symbol.dispose]: () => open.delete(replica.id),
      };
    },
    onChange: ({ replica, state }) => changes.push(`${replica.id} ${state}`),
    onFailedProbe: ({ protocol }) => changes.push(`${protocol} failed`),
  });
});

afterEach(() => watch[Symbol.dispose]());

const look = () => watch.observe(processes.all, () => "none");
const stateOf = (id: string) => watch.replicas.find(({ replica }) => replica.id === id)?.state;

test("replicas come and go with the supervisor's list, and in the order of their numbers", async () => {
  processes.add("server-10", "server-2");
  look();
  expect(watch.replicas.map(({ replica }) => replica.id)).toEqual(["server-2", "server-10"]);

  processes.drain("server-10", "leave");
  processes.end("server-10");
  look();
  expect(watch.replicas.map(({ replica }) => replica.id)).toEqual(["server-2"]);
  expect([...open]).toEqual(["server-2"]);
});

test("one that does not answer holds up no other's probes", async () => {
  hanging.add("server-1");
  processes.add("server-1", "server-2");
  look();
  await waitUntil("server-2 serves", () => stateOf("server-2") === "serving");
  processes.failing.add("server-2");
  await waitUntil("server-2 is ejected", () => stateOf("server-2") === "ejected");

  expect(stateOf("server-1")).toBe("starting");
});

test("failed probes are told of replicas that were ready, and not of those that start", async () => {
  processes.slow.add("server-1");
  processes.add("server-1");
  look();
  await waitUntil("it was probed", () => (watch.replicas[0]?.failures ?? 0) > 2);
  expect(changes).toEqual(["server-1 starting"]);

  processes.slow.clear();
  processes.crash("server-1");
  processes.start("server-1");
  look();
  await waitUntil("it serves", () => stateOf("server-1") === "serving");
  processes.failing.add("server-1");
  await waitUntil("it is ejected", () => stateOf("server-1") === "ejected");

  expect(changes.slice(0, 5)).toEqual([
    "server-1 starting",
    "server-1 serving",
    "http failed",
    "server-1 ejected",
    "http failed",
  ]);
});
