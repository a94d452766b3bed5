import { startInferenceThread } from "@flotilla/inference/worker/inference-thread";
import { sendHeartbeat } from "./send-heartbeat.ts";

const supervised = process.env["FLOTILLA_SUPERVISED"] === "1";
if (supervised) sendHeartbeat();
// Before this thread's other modules, so that both threads load theirs at once.
const thread = startInferenceThread();
const { runReplica } = await import("./run-replica.ts");
await runReplica({ environment: process.env, supervised, thread });
