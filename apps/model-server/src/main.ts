import { readSettings } from "@flotilla/common/read-settings";
import { containerId } from "./container-id.ts";
import { sendHeartbeat } from "./send-heartbeat.ts";
import { startReplica } from "./start-replica.ts";

const supervised = process.env["FLOTILLA_SUPERVISED"] === "1";
if (supervised) sendHeartbeat();
const read = readSettings({ flags: {}, environment: process.env, file: undefined });
if (read.ok) {
  const { settings } = read.value;
  const server_id = settings.server_id === "auto" ? await containerId() : settings.server_id;
  await startReplica({ settings: { ...settings, server_id }, supervised, exit: process.exit });
} else {
  process.stderr.write(`${read.problems.join("\n")}\n`);
  process.exit(2);
}
