import type { Stack } from "../stacks/stack.ts";
import { isBare, openBareSide } from "./bare-side.ts";
import { checkGrpc, checkHttp } from "./check-answers.ts";
import { measureClosed, targetOf } from "./closed-load.ts";
import { measureHealth } from "./measure-health.ts";
import { measureStart } from "./measure-start.ts";
import { measureAtRate, measureHighestRate } from "./open-load.ts";
import type { Scenario } from "./scenario.ts";
import { FIRST_WARM_UP_S, type Measuring, type Side, WARM_UP_S } from "./side.ts";
import type { Slice } from "./slice.ts";
import type { StackPool } from "./stack-pool.ts";

const warm = new WeakSet<Stack>();

/** A scenario's sides, with whatever stands behind them started. */
export async function openSides(
  scenario: Scenario,
  pool: StackPool,
  measuring: Measuring,
): Promise<AsyncDisposable & { readonly sides: readonly Side[] }> {
  await using opened = new AsyncDisposableStack();
  const { workload, load } = scenario;
  const sides: Side[] = [];
  let measure: ((stack: Stack) => Promise<Slice>) | undefined;
  for (const name of scenario.sides) {
    if (load.kind === "start") {
      const versions = {};
      sides.push({ name, versions, warmUpS: 0, measure: measureStart, check: async () => [] });
    } else if (isBare(name)) {
      sides.push(opened.use(await openBareSide(name, workload, measuring)));
    } else {
      const stack = await pool.get({ name, workload });
      // What a half rate is, the first side says.
      measure ??= await measurerOf(scenario, stack, measuring);
      const own = measure;
      const warmUpS = warm.has(stack) ? WARM_UP_S : FIRST_WARM_UP_S;
      warm.add(stack);
      sides.push({
        name,
        versions: stack.versions ?? {},
        warmUpS,
        measure: () => own(stack),
        check: () => check(stack, scenario),
      });
    }
  }
  const kept = opened.move();
  return { sides, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function measurerOf(
  { load }: Scenario,
  first: Stack,
  measuring: Measuring,
): Promise<(stack: Stack) => Promise<Slice>> {
  const ms = measuring.seconds * 1000;
  switch (load.kind) {
    case "closed":
      return (stack) => measureClosed(stack, load, measuring);
    case "highest-rate":
      return (stack) => measureHighestRate(stack, { ...load, ms });
    case "half-rate": {
      const highest = await measureHighestRate(first, { ...load, ms });
      const perSecond = (highest.figures.perSecond ?? 0) / 2;
      return (stack) => measureAtRate(stack, { ...load, ms, perSecond });
    }
    case "health":
      return (stack) => measureHealth({ probed: stack, busy: first }, load, measuring);
    case "start":
      return measureStart;
  }
}

async function check(stack: Stack, { load }: Scenario): Promise<readonly number[]> {
  const protocol = "protocol" in load ? load.protocol : "http";
  const place = "place" in load ? load.place : "front";
  const target = targetOf(stack, { protocol, place });
  if ("grpc" in target) {
    await checkGrpc(target.grpc);
    return [];
  }
  const numbers = await checkHttp(target.http);
  return stack.name === "static-nginx" ? [] : numbers;
}
