import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Fleet } from "@flotilla/testkit/start-fleet";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { PROTOCOLS } from "../src/load/load-protocol.ts";
import { startLoad } from "../src/load/start-load.ts";
import { startOverloadFleet } from "../src/overload/start-overload-fleet.ts";

// A first start may fetch NGINX, and a slow machine is no failure.
setDefaultTimeout(240_000);

/** A tenth of a second of one core, or half of that: two cores answer 20 to 40 questions a second, and get 300. */
const ROUNDS = 400;
const PER_SECOND = 150;
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
  const phases: Awaited<ReturnType<typeof load.nextPhase>>[] = [];
  await waitUntil("both protocols are refused", async () => {
    phases.push(await load.nextPhase());
    return PROTOCOLS.every((protocol) => phases.some((told) => told[protocol].counts.overloaded));
  });
  phases.push(await load.finish());

  for (const { counts, samples } of phases.flatMap(({ http, grpc }) => [http, grpc])) {
    expect(samples).toEqual([]);
    expect(counts).toMatchObject({ closed: 0, refused: 0, wrong: 0, broken: 0 });
  }
  const lasting = ({ nginx: { pid, generation, reloads }, replicas }: typeof before) => ({
    nginx: { pid, generation, reloads },
    replicas: replicas.map(({ id, state, pid, restarts }) => ({ id, state, pid, restarts })),
  });
  expect(lasting(await fleet.status())).toEqual(lasting(before));
});
