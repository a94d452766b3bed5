import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { type RunningNginx, TESTED_SUITES } from "@flotilla/testkit/start-nginx";
import { waitUntil } from "@flotilla/testkit/wait-until";
import type { PlainFleet } from "../src/fleet-spec.ts";
import { replicasAt, startNginxBefore, url } from "./start-nginx-before.ts";
import { startUpstreams, type TestUpstreams } from "./test-upstreams.ts";

setDefaultTimeout(300_000); // the first run fetches NGINX

/** All of these requests belong to one of the replicas. */
const ONE_USER = { "x-user": "a", "x-hold": "1" };

describe.each(TESTED_SUITES)("before two replicas, NGINX of Debian's %s", (suite) => {
  let upstreams: TestUpstreams;
  beforeAll(() => {
    upstreams = startUpstreams(2);
  });
  afterAll(() => upstreams.stop());

  const start = (maxConns: number, changes: Partial<PlainFleet> = {}) =>
    startNginxBefore({
      suite,
      changes: {
        replicas: replicasAt(upstreams.ports).map((replica) => ({ ...replica, maxConns })),
        strategy: "hash",
        hashOn: "header:x-user",
        ...changes,
      },
    });

  /** Sends requests one by one, each when the one before is inside a replica; tells how many each replica then has. */
  async function hold(nginx: RunningNginx, headers: readonly Record<string, string>[]) {
    const answers: Promise<Response>[] = [];
    const steps: (readonly number[])[] = [];
    for (const each of headers) {
      answers.push(fetch(url(nginx), { headers: each }));
      const count = answers.length;
      steps.push(
        await waitUntil(`${count} requests are held`, () => {
          const held = upstreams.held();
          return held.reduce((sum, one) => sum + one, 0) === count && held.toSorted();
        }),
      );
    }
    const release = async () => {
      upstreams.release();
      return await Promise.all(answers);
    };
    return { steps, release };
  }

  test("without max_conns sends all that belong to one of them there", async () => {
    await using nginx = await start(0);

    const { steps, release } = await hold(nginx, Array(3).fill(ONE_USER));

    expect(steps).toEqual([
      [0, 1],
      [0, 2],
      [0, 3],
    ]);
    await release();
  });

  test("with max_conns=1 has one request in each, and as many again from the last hop", async () => {
    await using nginx = await start(1);

    const { steps, release } = await hold(nginx, Array(4).fill(ONE_USER));
    expect(steps).toEqual([
      [0, 1],
      [1, 1],
      [1, 2],
      [2, 2],
    ]);

    const refused = await fetch(url(nginx), { headers: ONE_USER });
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([502, "1"]);
    expect(await refused.json()).toMatchObject({ detail: "no replica answered" });

    const answers = await release();
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect((await fetch(url(nginx), { headers: { "x-user": "a" } })).status).toBe(200);
  });

  test("counts those of conversations apart", async () => {
    await using nginx = await start(1);
    const session = { ...ONE_USER, "x-session-id": "s" };

    const { steps, release } = await hold(nginx, [ONE_USER, session, ONE_USER, session]);

    expect(steps.at(-1)).toEqual([2, 2]);
    const answers = await release();
    expect(answers.map(({ headers }) => headers.get("x-flotilla-retried"))).toEqual(
      Array(4).fill(null),
    );
  });
});
