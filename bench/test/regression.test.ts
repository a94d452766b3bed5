import { expect, test } from "bun:test";
import { readGuard, regressions } from "../src/guard/guard.ts";
import { measureGuard } from "../src/guard/measure-guard.ts";

test("a request costs no more CPU time beside the reference's than was recorded, by far", async () => {
  const guard = await readGuard();
  const measured = await measureGuard((so) => regressions(so, guard).length === 0);

  expect(regressions(measured, guard)).toEqual([]);
});

test("what costs twice what was recorded is a regression", () => {
  const guard = { http: 3, grpc: 5, allowed: 1.6 };

  expect(regressions({ http: 4.7, grpc: 10 }, guard)).toEqual([
    expect.stringMatching(/^grpc: a request costs 10\.00 times .* at most 8\.00; mend: /),
  ]);
});
