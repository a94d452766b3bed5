import type { Checked } from "@flotilla/common/checked";
import type { Settings } from "@flotilla/common/settings";
import { hostAndPort } from "../host-and-port.ts";
import { table } from "../screen/table.ts";
import { askFleet } from "./ask-fleet.ts";

interface Sessions {
  readonly sessions: readonly {
    readonly session_id: string;
    readonly model: string;
    readonly turns: number;
    readonly last_used_at: string;
    readonly state_bytes: number;
    readonly server_id: string;
  }[];
}

const COLUMNS = [
  "session_id",
  "model",
  "turns",
  "last_used_at",
  "state_bytes",
  "server_id",
] as const;

/** What the gateway gives at once. */
const PAGE = 100;

/** The lines to print. */
export async function runSessions(options: {
  readonly settings: Settings;
  readonly json: boolean;
}): Promise<Checked<readonly string[]>> {
  const { ops_host, ops_port } = options.settings;
  const asked = await askFleet<Sessions>(`http://${hostAndPort(ops_host, ops_port)}/sessions`);
  if (!asked.ok) return asked;
  const { sessions } = asked.value;
  if (options.json) return { ok: true, value: [JSON.stringify(asked.value)] };
  if (sessions.length === 0) return { ok: true, value: ["no conversations"] };
  const rows = sessions.map((session) => COLUMNS.map((column) => String(session[column])));
  const heading = COLUMNS.map((column) => column.replaceAll("_", " "));
  const more =
    sessions.length < PAGE
      ? []
      : ["", `the first ${PAGE}, by model and id; the next: GET /sessions?model=…&after=… there`];
  return { ok: true, value: [...table([heading, ...rows]), ...more] };
}
