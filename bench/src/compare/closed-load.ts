import { cpuSince, cpuTimes } from "../cpu/cpu-time.ts";
import { h2loadLoad } from "../generators/h2load.ts";
import type { LoadResult } from "../generators/load-result.ts";
import { wrkLoad } from "../generators/wrk.ts";
import type { GrpcTarget, HttpTarget, Stack } from "../stacks/stack.ts";
import { checkGrpc } from "./check-answers.ts";
import type { Load } from "./scenario.ts";
import type { Measuring } from "./side.ts";
import { type Slice, sliceOf } from "./slice.ts";

type Closed = Load & { readonly kind: "closed" };

/** Where a stack is asked over the protocol. */
export function targetOf(
  stack: Stack,
  { protocol, place }: Pick<Closed, "protocol" | "place">,
): { readonly http: HttpTarget } | { readonly grpc: GrpcTarget } {
  const { http, grpc } = place === "direct" ? (stack.direct ?? {}) : stack;
  if (protocol === "http" && http !== undefined) return { http };
  if (protocol === "grpc" && grpc !== undefined) return { grpc };
  throw new Error(`${stack.name} cannot be asked over ${protocol}, ${place}`);
}

export async function measureClosed(
  stack: Stack,
  load: Closed,
  measuring: Measuring,
): Promise<Slice> {
  const { generators, seconds } = measuring;
  const target = targetOf(stack, load);
  const loop = { connections: load.connections, seconds };
  const answerBytes = "grpc" in target ? await checkGrpc(target.grpc) : 0;
  const before = cpuTimes(await stack.pids());
  const result =
    "http" in target
      ? await wrkLoad(generators.wrk.path, target.http, loop)
      : await h2loadLoad(generators.h2load.path, target.grpc, { ...loop, answerBytes });
  const cpu = cpuSince(before, cpuTimes(await stack.pids()));
  refuseFailures(stack.name, result);
  return sliceOf(result, cpu);
}

/** A stack that answers wrongly is not slow or fast, it is not measured at all. */
export function refuseFailures(name: string, { answers, failed }: LoadResult): void {
  if (answers === 0 || failed > 0) {
    throw new Error(`${name}: ${failed} requests failed beside ${answers} good answers`);
  }
}
