import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Fleet } from "@flotilla/testkit/start-fleet";
import { PROTOCOLS } from "../src/load/load-protocol.ts";
import { startLoad } from "../src/load/start-load.ts";
import { startOverloadFleet } from "../src/overload/start-overload-fleet.ts";

// A first start may fetch NGINX, and a slow machine is no failure.
setDefaultTimeout(240_000);

/** About a tenth of a second of one core: two cores answer 20 questions a second, and get 80. */
const ROUNDS = 400;
const PER_SECOND = 40;
const GOOD_ANSWERS = 20;

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startOverloadFleet({ rounds: ROUNDS });
});
afterAll(() => fleet.stop());

test("a fleet at several times its capacity answers or refuses, and nothing of it is ejected or killed", async () => {
  const before = await fleet.status();
  await using load = startLoad({
    addresses: { http: new URL(fleet.httpUrl).host, grpc: fleet.grpcAddress },
    questions: { kind: "slow", rounds: ROUNDS },
    pace: { kind: "open", perSecond: PER_SECOND },
  });
  await load.good(GOOD_ANSWERS);
  const tallies = await load.finish();

  for (const protocol of PROTOCOLS) {
    const { counts, samples } = tallies[protocol];
    expect(samples).toEqual([]);
    expect(counts).toMatchObject({ closed: 0, refused: 0, wrong: 0, broken: 0 });
    expect(counts.overloaded).toBeGreaterThan(0);
  }
  const lasting = ({ nginx: { pid, generation, reloads }, replicas }: typeof before) => ({
    nginx: { pid, generation, reloads },
    replicas: replicas.map(({ id, state, pid, restarts }) => ({ id, state, pid, restarts })),
  });
  expect(lasting(await fleet.status())).toEqual(lasting(before));
});
