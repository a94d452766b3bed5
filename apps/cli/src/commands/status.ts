import { type Checked, refused } from "@flotilla/common/checked";
import type { Settings } from "@flotilla/common/settings";
import { hostAndPort } from "../host-and-port.ts";
import { table } from "../screen/table.ts";
import { askFleet } from "./ask-fleet.ts";

/** What this command shows of `GET /status`. */
interface Status {
  readonly nginx: Readonly<Record<"version" | "pid" | "generation" | "reloads", unknown>>;
  readonly strategy: string;
  readonly replicas: readonly Readonly<Record<string, string | number | boolean | null>>[];
}

const COLUMNS = ["id", "state", "pid", "http", "grpc", "in_flight", "restarts", "reason"] as const;

/** The lines to print. */
export async function runStatus(options: {
  readonly settings: Settings;
  readonly json: boolean;
}): Promise<Checked<readonly string[]>> {
  const { ops_host, ops_port } = options.settings;
  const asked = await askFleet<Status>(`http://${hostAndPort(ops_host, ops_port)}/status`);
  if (!asked.ok) return refused(...asked.problems);
  if (options.json) return { ok: true, value: [JSON.stringify(asked.value)] };
  const { nginx, strategy, replicas } = asked.value;
  const rows = replicas.map((replica) => COLUMNS.map((column) => String(replica[column] ?? "-")));
  const heading = COLUMNS.map((column) => column.replace("_", " "));
  const first = `NGINX ${nginx.version}, pid ${nginx.pid ?? "-"}, ${strategy}, ${nginx.reloads} reloads`;
  return { ok: true, value: [first, "", ...table([heading, ...rows])] };
}
