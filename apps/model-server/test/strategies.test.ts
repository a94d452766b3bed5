import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { connect } from "@flotilla/testkit/grpc-client";
import { type RunningNginx, TESTED_SUITES } from "@flotilla/testkit/start-nginx";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { type ServiceError, status } from "@grpc/grpc-js";
import {
  askEach,
  type Client,
  overGrpc,
  overHttp,
  type Question,
  tally,
} from "./strategy-clients.ts";
import {
  type FleetChanges,
  type StrategyFleet,
  startNginxBefore,
  startStrategyFleet,
} from "./strategy-fleet.ts";

// The first run fetches NGINX.
setDefaultTimeout(300_000);

let fleet: StrategyFleet;
beforeAll(async () => {
  fleet = await startStrategyFleet(3);
});
afterAll(() => fleet[Symbol.asyncDispose]());

/** The replicas, some of them changed. */
function replicasWith(
  changes: Readonly<Record<string, Partial<FleetChanges["replicas"][number]>>>,
) {
  return fleet.replicas.map((replica) => ({ ...replica, ...changes[replica.id] }));
}

/** So many questions, each from another user, client or session. */
function questions(count: number, make: (n: number) => Question): readonly Question[] {
  return Array.from({ length: count }, (_, n) => make(n));
}

const plain = (count: number) => questions(count, () => ({}));
const users = (count: number) => questions(count, (n) => ({ headers: { "x-user": `user-${n}` } }));
const sessions = (count: number) =>
  questions(count, (n) => ({ headers: { "x-session-id": `session-${n}` } }));

const EACH_ONE_TENTH_OF_THIRTY = { "server-1": 10, "server-2": 10, "server-3": 10 };
const ALL_OF_THEM = ["server-1", "server-2", "server-3"];
const BY_USER = { strategy: "hash", hashOn: "header:X-User" } as const;

/** Occupies a replica for far longer than all that is asked then takes. */
const LONG = 2_500;

async function whileOneIsBusy<T>(
  options: { readonly client: Client; readonly nginx: RunningNginx; readonly question: Question },
  ask: (busy: string) => Promise<T>,
): Promise<T> {
  const { client, nginx, question } = options;
  let answered = false;
  const long = client.ask(nginx, { ...question, rounds: LONG }).finally(() => {
    answered = true;
  });
  const busy = await waitUntil("one is busy", async () => {
    for (const [id, { httpUrl }] of fleet.processes) {
      const metrics = await (await fetch(`${httpUrl}/metrics`)).text();
      if (metrics.includes(`in_flight{server_id="${id}"} 1`)) return id;
    }
    return undefined;
  });
  const result = await ask(busy);
  expect(answered).toBe(false);
  expect((await long).from).toBe(busy);
  return result;
}

describe.each(TESTED_SUITES)("NGINX of Debian's %s", (suite) => {
  const start = (changes: Partial<FleetChanges>) =>
    startNginxBefore(suite, { replicas: fleet.replicas, ...changes });

  describe.each([overHttp, overGrpc])("over $name", (client) => {
    test("round-robin gives each replica a third", async () => {
      await using nginx = await start({});

      expect(tally(await askEach(client, nginx, plain(30)))).toEqual(EACH_ONE_TENTH_OF_THIRTY);
    });

    test("a weight of 3 gets three times as many", async () => {
      await using nginx = await start({ replicas: replicasWith({ "server-2": { weight: 3 } }) });

      expect(tally(await askEach(client, nginx, plain(50)))).toEqual({
        "server-1": 10,
        "server-2": 30,
        "server-3": 10,
      });
    });

    test.each(["least-conn", "random-two"] as const)(
      "%s gives a busy replica nothing while others are free, and these their shares",
      async (strategy) => {
        await using nginx = await start({ strategy });

        const asked = await whileOneIsBusy({ client, nginx, question: {} }, async (busy) => {
          const { [busy]: ofBusy = 0, ...others } = tally(await askEach(client, nginx, plain(30)));
          return { ofBusy, others: Object.values(others) };
        });

        expect(asked.ofBusy).toBe(0);
        expect(asked.others).toHaveLength(2);
        expect(Math.min(...asked.others)).toBeGreaterThanOrEqual(1);
      },
    );

    test("max_conns=1 sends on what would be a replica's second request, and no more", async () => {
      const replicas = fleet.replicas.map((replica) => ({ ...replica, maxConns: 1 }));
      await using nginx = await start({ ...BY_USER, replicas });
      const question = { headers: { "x-user": "a" } };

      const asked = await whileOneIsBusy({ client, nginx, question }, async (busy) => {
        const ids = new Set(await askEach(client, nginx, Array(10).fill(question)));
        return { count: ids.size, busyToo: ids.has(busy) };
      });

      expect(asked).toEqual({ count: 1, busyToo: false });
    });

    test("ip-hash keeps the clients of an IPv4 network of three octets on a replica", async () => {
      await using nginx = await start({ strategy: "ip-hash", trustedProxies: ["127.0.0.1"] });

      const once = await askEach(
        client,
        nginx,
        questions(24, (n) => ({ from: `127.${n}.1.1` })),
      );

      expect(new Set(once)).toEqual(new Set(ALL_OF_THEM));
      const neighbours = questions(24, (n) => ({ from: `127.${n}.1.77` }));
      expect(await askEach(client, nginx, neighbours)).toEqual(once);
      const behindProxy = questions(24, (n) => ({
        headers: { "x-forwarded-for": `127.${n}.1.1` },
      }));
      expect(await askEach(client, nginx, behindProxy)).toEqual(once);
    });

    test("hash on client-address keeps each client on a replica, also behind trusted proxies", async () => {
      await using nginx = await start({ strategy: "hash", trustedProxies: ["127.0.0.0/24"] });
      const clients = (make: (address: string) => Question) =>
        questions(40, (n) => make(`127.1.1.${n + 1}`));
      const forwarded = (from: string, chain: string): Question => ({
        from,
        headers: { "x-forwarded-for": chain },
      });

      const direct = await askEach(
        client,
        nginx,
        clients((from) => ({ from })),
      );
      expect(new Set(direct)).toEqual(new Set(ALL_OF_THEM));

      for (const chain of [
        (address: string) => address,
        (address: string) => `${address}, 127.0.0.8`,
        (address: string) => `192.0.2.${address.split(".").at(-1)}, ${address}`,
      ]) {
        const proxied = clients((address) => forwarded("127.0.0.1", chain(address)));
        expect(await askEach(client, nginx, proxied)).toEqual(direct);
      }
      const forged = clients((address) => forwarded("127.1.1.1", address));
      expect(new Set(await askEach(client, nginx, forged))).toEqual(new Set(direct.slice(0, 1)));
    });

    test("without a trusted proxy a forged x-forwarded-for chooses nothing", async () => {
      const forged = questions(40, (n) => ({ headers: { "x-forwarded-for": `127.${n}.1.1` } }));
      for (const strategy of ["hash", "ip-hash"] as const) {
        await using nginx = await start({ strategy });

        expect(new Set(await askEach(client, nginx, forged)).size).toBe(1);
      }
    });

    test("hash on a header keeps each value on a replica, and gives thirds without one", async () => {
      await using nginx = await start(BY_USER);

      const once = await askEach(client, nginx, users(40));
      expect(new Set(once)).toEqual(new Set(ALL_OF_THEM));
      expect(await askEach(client, nginx, users(40))).toEqual(once);

      for (const question of [{}, { headers: { "x-user": "" } }]) {
        const ids = await askEach(client, nginx, Array(30).fill(question));
        expect(tally(ids)).toEqual(EACH_ONE_TENTH_OF_THIRTY);
      }
    });

    test("conversations stay where they are under every strategy", async () => {
      const strategies = ["round-robin", "least-conn", "random-two", "ip-hash", "hash"] as const;
      const seen = new Set<string>();
      for (const strategy of [...strategies, ...(suite === "sid" ? ["sticky" as const] : [])]) {
        await using nginx = await start({ strategy });
        const asked = await askEach(client, nginx, [...sessions(20), ...sessions(20)]);
        seen.add(asked.join());
        expect(asked.slice(20)).toEqual(asked.slice(0, 20));
        expect(new Set(asked).size).toBeGreaterThan(1);
      }
      expect(seen.size).toBe(1);
    });

    test("a replica that is down gets nothing, and nobody else's place changes", async () => {
      const replicas = replicasWith({ "server-2": { down: true } });
      await using turns = await start({ replicas });
      expect(tally(await askEach(client, turns, plain(30)))).toEqual({
        "server-1": 15,
        "server-3": 15,
      });

      const byClient = questions(40, (n) => ({ from: `127.${n}.1.1` }));
      for (const { changes, asked } of [
        { changes: {}, asked: sessions(40) },
        { changes: BY_USER, asked: users(40) },
        { changes: { strategy: "ip-hash" as const }, asked: byClient },
      ]) {
        await using whole = await start(changes);
        await using lacking = await start({ ...changes, replicas });
        const before = await askEach(client, whole, asked);
        const after = await askEach(client, lacking, asked);

        expect(before).toContain("server-2");
        expect(after).not.toContain("server-2");
        const stayed = before.filter((id) => id !== "server-2");
        expect(after.filter((_, at) => before[at] !== "server-2")).toEqual(stayed);
      }
    });
  });
});

test.each(TESTED_SUITES)(
  "max_conns=1 on %s: a stream more than there are replicas is refused at once, a call finds the last hop",
  async (suite) => {
    const replicas = fleet.replicas.map((replica) => ({ ...replica, maxConns: 1 }));
    await using nginx = await startNginxBefore(suite, { replicas });
    using client = connect("grpc.health.v1.Health", `127.0.0.1:${nginx.grpcPort}`);
    /** How it began: with the first status, or the error. It stays open. */
    const watch = () =>
      new Promise<string | undefined>((resolve) => {
        const call = client.Watch({ service: "" });
        call.on("data", ({ status: health }) => resolve(health));
        call.on("error", ({ code }: ServiceError) => resolve(status[code]));
      });

    expect([await watch(), await watch(), await watch()]).toEqual(Array(3).fill("SERVING"));
    expect(await watch()).toBe("UNAVAILABLE");
    const { from, headers } = await overGrpc.ask(nginx);
    expect(ALL_OF_THEM).toContain(from);
    expect(headers["x-flotilla-retried"]).toBe("1");
  },
);

describe.each([overHttp, overGrpc])("sticky on Debian's sid, over $name", (client) => {
  test("keeps a client that returns its cookie, and gives thirds to the others", async () => {
    await using nginx = await startNginxBefore("sid", {
      replicas: fleet.replicas,
      strategy: "sticky",
    });
    expect(tally(await askEach(client, nginx, plain(30)))).toEqual(EACH_ONE_TENTH_OF_THIRTY);

    const seen = new Set<string>();
    for (const question of plain(3)) {
      const { from, headers } = await client.ask(nginx, question);
      const [cookie = ""] = [headers["set-cookie"]].flat().map((it) => String(it).split(";")[0]);
      seen.add(from);
      const kept = await askEach(client, nginx, Array(10).fill({ headers: { cookie } }));

      expect(new Set(kept)).toEqual(new Set([from]));
    }
    expect(seen.size).toBe(3);
  });
});
