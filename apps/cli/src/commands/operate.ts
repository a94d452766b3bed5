import type { Checked } from "@flotilla/common/checked";
import type { Settings } from "@flotilla/common/settings";
import { hostAndPort } from "../host-and-port.ts";
import { escapeControls } from "../screen/escape-controls.ts";
import { type FleetStatus, statusLines, statusSummary } from "../screen/status-lines.ts";
import { askFleet, type FleetRequest } from "./ask-fleet.ts";

export interface Operation {
  readonly method: "POST" | "PUT";
  readonly path: string;
  readonly body?: object;
  /** What has happened then, as a sentence. */
  readonly done: string;
}

/** A large fleet whose models load slowly takes minutes to restart; whoever waits longer asks for the status. */
export const OPERATION_TIMEOUT_MS = 30 * 60_000;
const PROGRESS_MS = 500;

/** Asks the gateway for an operation, and waits until it is done. The lines to print. */
export async function operate(options: {
  readonly settings: Pick<Settings, "ops_host" | "ops_port">;
  readonly operation: Operation;
  readonly json: boolean;
  /** Shows one line in place of the last. */
  readonly progress?: ((line: string) => void) | undefined;
}): Promise<Checked<readonly string[]>> {
  const { operation, json, progress } = options;
  const { ops_host, ops_port } = options.settings;
  const url = `http://${hostAndPort(ops_host, ops_port)}`;
  const request: FleetRequest = { ...operation, timeoutMs: OPERATION_TIMEOUT_MS };
  const asked = askFleet<FleetStatus>(`${url}${operation.path}`, request);
  if (progress !== undefined) await showProgress({ asked, url, progress });
  const answer = await asked;
  if (!answer.ok) return answer;
  const { value } = answer;
  const lines = json ? [JSON.stringify(value)] : [operation.done, "", ...statusLines(value)];
  return { ok: true, value: lines };
}

async function showProgress(options: {
  readonly asked: Promise<unknown>;
  readonly url: string;
  readonly progress: (line: string) => void;
}): Promise<void> {
  const { asked, url, progress } = options;
  const over = asked.then(() => true);
  while (!(await Promise.race([over, Bun.sleep(PROGRESS_MS)]))) {
    const status = await askFleet<FleetStatus>(`${url}/status`);
    if (status.ok) progress(escapeControls(statusSummary(status.value)));
  }
  progress("");
}
