import { readSettings } from "@flotilla/common/read-settings";
import { sendHeartbeat } from "./send-heartbeat.ts";
import { startReplica } from "./start-replica.ts";

const supervised = process.env["FLOTILLA_SUPERVISED"] === "1";
if (supervised) sendHeartbeat();
const read = readSettings({ flags: {}, environment: process.env, file: undefined });
if (read.ok) {
  await startReplica({ settings: read.value.settings, supervised, exit: process.exit });
} else {
  process.stderr.write(`${read.problems.join("\n")}\n`);
  process.exit(2);
}
