import { failed, success } from "@flotilla/common/failure";
import type { HealthHandlers } from "@flotilla/proto/generated/grpc/health/v1/Health";
import type { Replica } from "../replica.ts";
import type { OpenStreams } from "./open-streams.ts";
import { unary } from "./unary.ts";

/** How soon a watcher hears of a change. */
const WATCH_POLL_MS = 100;

/**
 * grpc.health.v1 for "", each served service and each model. Written out, because the package grpc-health-check has no
 * way to end its Watch streams, which a drain must, and would want to be told of every change.
 */
export function healthService(options: {
  readonly replica: Replica;
  readonly served: readonly string[];
  readonly streams: OpenStreams;
}): HealthHandlers {
  const { replica, served, streams } = options;

  function statusOf(service: string): "SERVING" | "NOT_SERVING" | undefined {
    const { state } = replica.readiness;
    if (service === "" || served.includes(service)) return serving(state === "ready");
    const versions = replica.engine.health().filter(({ name }) => name === service);
    if (versions.length === 0) return undefined;
    // One failing model does not take the others down with it; a drain concerns all.
    return serving(state !== "draining" && versions.every(({ ready }) => ready));
  }

  return {
    Check: unary(replica, {
      answer: async ({ request }) => {
        const status = statusOf(request.service);
        return status === undefined
          ? failed("model-not-found", "there is no service and no model of this name")
          : success({ response: { status } });
      },
    }),
    Watch(call) {
      streams.add(call);
      let last: string | undefined;
      const report = () => {
        const status = statusOf(call.request.service) ?? "SERVICE_UNKNOWN";
        if (status !== last) call.write({ status });
        last = status;
      };
      report();
      const timer = setInterval(report, WATCH_POLL_MS);
      call.on("cancelled", () => clearInterval(timer));
    },
  };
}

function serving(ready: boolean): "SERVING" | "NOT_SERVING" {
  return ready ? "SERVING" : "NOT_SERVING";
}
