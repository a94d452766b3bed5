import type { LocalReplica } from "@flotilla/common/local-fleet";
import type { Line } from "../nginx/line-of.ts";
import type { SupervisedProcess } from "../supervisor-client.ts";
import type { ProbeResult } from "./probe-replica.ts";
import { nextReplicaState, type ReplicaSignal, type ReplicaState } from "./replica-state.ts";

/** All that is known of a replica: what the supervisor says of its process, and what its probes say. */
export interface ObservedReplica {
  readonly replica: LocalReplica;
  readonly process: SupervisedProcess;
  readonly state: ReplicaState;
  /** In a row. */
  readonly failures: number;
  readonly passes: number;
  /** What the last probe had against it. */
  readonly complaint: string | null;
}

/** One lost probe is chance, and so is one that a struggling replica answers. */
const FAILURES_TO_EJECT = 2;
const PASSES_TO_RETURN = 2;

/**
 * A replica that this gateway sees for the first time. It may be younger than the replica: then the configuration that
 * NGINX runs with says what the gateway before it knew, so that the fleet is rendered as it was.
 */
export function firstSeen(process: SupervisedProcess, line: Line): ObservedReplica {
  return observeProcess(
    {
      replica: replicaOf(process),
      process,
      state: process.pid === null ? "starting" : stateBefore(process, line),
      failures: 0,
      passes: 0,
      complaint: null,
    },
    process,
  );
}

function stateBefore({ state }: SupervisedProcess, line: Line): ReplicaState {
  if (state !== "running" || line === "none") return "starting";
  return line === "down" ? "ejected" : "serving";
}

export function observeProcess(last: ObservedReplica, process: SupervisedProcess): ObservedReplica {
  const signals = processSignals(last, process);
  const state = signals.reduce<ReplicaState>(nextReplicaState, last.state);
  const same = process.pid === last.process.pid;
  return same
    ? { ...last, process, state }
    : { ...last, process, state, failures: 0, passes: 0, complaint: null };
}

function processSignals(
  last: ObservedReplica,
  { pid, intent, was_ready, problem }: SupervisedProcess,
): readonly ReplicaSignal[] {
  if (pid === null) {
    if (intent === "stay") return ["stopped"];
    // One that was just added has not been started yet.
    const isNew = last.process.pid === null && !was_ready && problem === null;
    return isNew && last.state === "starting" ? [] : ["ended"];
  }
  const started = pid === last.process.pid ? [] : (["started"] as const);
  return intent === "run" ? started : [...started, "draining"];
}

export function observeProbe(last: ObservedReplica, result: ProbeResult): ObservedReplica {
  const { draining, problems } = result;
  const passed = problems.length === 0;
  const passes = passed ? last.passes + 1 : 0;
  const failures = passed ? 0 : last.failures + 1;
  const complaint = passed ? null : problems.map(({ text }) => text).join("; ");
  const now = { ...last, passes, failures, complaint };
  const enough = passed
    ? passes >= (last.state === "ejected" ? PASSES_TO_RETURN : 1)
    : failures >= FAILURES_TO_EJECT;
  if (draining) return { ...now, state: nextReplicaState(last.state, "draining") };
  if (!enough) return now;
  return { ...now, state: nextReplicaState(last.state, passed ? "passed" : "failing") };
}

function replicaOf({ name, http, grpc, sockets }: SupervisedProcess): LocalReplica {
  const [host, httpPort] = splitAddress(http);
  const [, grpcPort] = splitAddress(grpc);
  return { id: name, host, httpPort, grpcPort, sockets };
}

function splitAddress(address: string | null): readonly [host: string, port: number] {
  const [, host = "", port = ""] = /^\[?(.*?)\]?:(\d+)$/.exec(address ?? "") ?? [];
  return [host, Number(port)];
}

/** Why it does not serve; null where it does. */
export function reasonOf({ state, process, complaint }: ObservedReplica): string | null {
  const { intent, name, problem, remote } = process;
  switch (state) {
    case "serving":
      return null;
    case "starting":
      return problem ?? complaint;
    case "ejected":
      return complaint ?? "its probes failed";
    case "gone":
      return problem ?? "its process has ended";
    case "drained":
      return remote ? problem : `drained; \`flotilla return ${name}\` starts it again`;
    case "draining":
      return remote ? "it was told to end" : DRAIN_REASON[intent];
  }
}

const DRAIN_REASON = {
  run: "it was told to end, and is started again",
  restart: "it is restarted",
  stay: "it was told to drain",
  leave: "it is removed from the fleet",
} as const;
