import { type Checked, refused } from "@flotilla/common/checked";
import { askFleet, type FleetAnswer } from "../commands/ask-fleet.ts";
import { OPERATION_TIMEOUT_MS } from "../commands/operate.ts";
import { type FleetStatus, statusSummary } from "../screen/status-lines.ts";
import type { Child } from "../supervisor/supervise-child.ts";
import type { ChangeActions } from "./apply-change.ts";

type GatewayProcess = Pick<Child, "restarts" | "state" | "problem" | "start" | "signal">;

const POLL_MS = 100;
/** Each refusal is a line in the gateway's log. */
const CONFLICT_POLL_MS = 2_000;
/** From its end until the next one answers. */
const GATEWAY_LIMIT_MS = 30_000;
/** For another operation that is under way. */
const CONFLICT_LIMIT_MS = 60_000;

export function changeActions(options: {
  /** Of the operations port. */
  readonly url: string;
  readonly gateway: GatewayProcess;
}): ChangeActions {
  const { url, gateway } = options;
  return {
    gateway: () => restartGateway(gateway),
    configuration: async () => told("the settings are in use", await post(`${url}/reload`)),
    replicas: async () => told("the replicas run with it", await post(`${url}/restart`)),
  };
}

function told(what: string, answer: FleetAnswer<FleetStatus>): Checked<string> {
  return answer.ok ? { ok: true, value: `${what}: ${statusSummary(answer.value)}` } : answer;
}

/** What somebody else has begun comes first. */
async function post(url: string): Promise<FleetAnswer<FleetStatus>> {
  const start = performance.now();
  for (;;) {
    const answer = await askFleet<FleetStatus>(url, {
      method: "POST",
      timeoutMs: OPERATION_TIMEOUT_MS,
    });
    const isOver = answer.ok || answer.status !== 409;
    if (isOver || performance.now() - start > CONFLICT_LIMIT_MS) return answer;
    await Bun.sleep(CONFLICT_POLL_MS);
  }
}

/** Its supervisor starts the next one, with the sources as they are now. */
async function restartGateway(gateway: GatewayProcess): Promise<Checked<string>> {
  const { restarts } = gateway;
  // At once, if it waits for its restart since it has crashed.
  gateway.start();
  gateway.signal("SIGTERM");
  const start = performance.now();
  while (performance.now() - start < GATEWAY_LIMIT_MS) {
    const isNext = gateway.restarts > restarts;
    if (isNext && gateway.state === "running") {
      return { ok: true, value: "the gateway runs with it" };
    }
    if (isNext && gateway.state === "waiting") return withoutGateway(gateway.problem);
    await Bun.sleep(POLL_MS);
  }
  return withoutGateway(`it is not ready after ${GATEWAY_LIMIT_MS / 1_000} s`);
}

function withoutGateway(why = "it has ended") {
  return refused(`the gateway does not come back: ${why}; NGINX and the replicas serve on`);
}
