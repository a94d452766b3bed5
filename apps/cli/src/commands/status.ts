import type { Checked } from "@flotilla/common/checked";
import type { Settings } from "@flotilla/common/settings";
import { hostAndPort } from "../host-and-port.ts";
import { type FleetStatus, statusLines } from "../screen/status-lines.ts";
import { askFleet } from "./ask-fleet.ts";

/** The lines to print. */
export async function runStatus(options: {
  readonly settings: Settings;
  readonly json: boolean;
}): Promise<Checked<readonly string[]>> {
  const { ops_host, ops_port } = options.settings;
  const asked = await askFleet<FleetStatus>(`http://${hostAndPort(ops_host, ops_port)}/status`);
  if (!asked.ok) return asked;
  const lines = options.json ? [JSON.stringify(asked.value)] : statusLines(asked.value);
  return { ok: true, value: lines };
}
