import { grpcWire } from "./grpc-wire.ts";
import { http1Wire } from "./http1-wire.ts";
import type { LeanPlan } from "./lean-load.ts";
import { runLean } from "./run-lean.ts";

/** One run in a process of its own, so that its CPU time can be told from everybody else's: lean-load.ts starts it. */
const plan: LeanPlan = await Bun.stdin.json();
const wire =
  plan.protocol === "http"
    ? http1Wire(plan.target)
    : grpcWire({
        ...plan.target,
        messages: plan.messages.map((message) => Buffer.from(message, "base64")),
      });
const result = await runLean({ ...plan, wire, address: plan.target.address });
process.stdout.write(JSON.stringify(result));
process.exit(0);
