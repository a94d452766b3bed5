import { describe, expect, test } from "bun:test";
import { plainFleet, renderPlain, replicaAt } from "../test/plain-fleet.ts";
import { readDigest } from "./configuration-digest.ts";
import type { PlainFleet } from "./fleet-spec.ts";

const { replicas } = plainFleet();

type ReplicaChanges = Readonly<Record<string, Partial<PlainFleet["replicas"][number]>>>;

function withReplicas(changes: ReplicaChanges): PlainFleet["replicas"] {
  return replicas.map((replica) => ({ ...replica, ...changes[replica.id] }));
}

function serverLines(conf: string, upstream: string): readonly string[] {
  const body = new RegExp(`upstream ${upstream} \\{\n([^}]*)\\}`).exec(conf)?.[1] ?? "";
  return body.split("\n").flatMap((line) => /^ +server (.*)$/.exec(line)?.[1] ?? []);
}

describe("a rendered configuration", () => {
  test("is the same whatever the order in which the fleet is told", () => {
    const trustedProxies = ["10.0.0.0/8", "::1", "10.0.0.0/8"];
    const http = ["b", "a"].map((name) => ({ path: `/state/${name}`, source: `${name}.conf` }));

    expect(
      renderPlain({
        replicas: replicas.toReversed(),
        trustedProxies: trustedProxies.toReversed().slice(1),
        directives: { http: http.toReversed(), server: http.toReversed() },
      }),
    ).toBe(renderPlain({ replicas, trustedProxies, directives: { http, server: http } }));
  });

  test("holds a digest that differs as soon as anything does", () => {
    const one = readDigest(renderPlain({}));

    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(readDigest(renderPlain({}))).toBe(one);
    expect(readDigest(renderPlain({ deadlineMs: 31_000 }))).not.toBe(one);
  });

  test("counts replicas as people do", () => {
    const ids = ["server-10", "server-2", "server-1"];
    const shuffled = ids.map((id, at) => replicaAt({ id, http: 8101 + at, grpc: 8201 + at }));

    expect(serverLines(renderPlain({ replicas: shuffled }), "http_last_hop")).toEqual([
      "127.0.0.1:8103 max_fails=0; # server-1",
      "127.0.0.1:8102 max_fails=0; # server-2",
      "127.0.0.1:8101 max_fails=0; # server-10",
    ]);
  });

  test("keeps the line of a replica that is down in every upstream, and tries it last in the last hop", () => {
    const conf = renderPlain({
      replicas: replicas.map((it) => ({ ...it, down: it.id === "server-2" })),
      maxFails: 2,
      failTimeoutMs: 3_000,
    });

    expect(serverLines(conf, "grpc_sessions")).toEqual([
      "127.0.0.1:8201 max_fails=2 fail_timeout=3s; # server-1",
      "127.0.0.1:8202 max_fails=2 fail_timeout=3s down; # server-2",
      "127.0.0.1:8203 max_fails=2 fail_timeout=3s; # server-3",
    ]);
    expect(serverLines(conf, "http_last_hop")[1]).toBe(
      "127.0.0.1:8102 max_fails=0 backup; # server-2",
    );
  });

  test("reaches a replica on its sockets where it has some, but in the last hop", () => {
    const conf = renderPlain({
      replicas: withReplicas({
        "server-2": { sockets: { http: "/state/server-2.http", grpc: "/state/server-2.grpc" } },
      }),
    });

    expect(serverLines(conf, "http_sessions")).toEqual([
      "127.0.0.1:8101 max_fails=1 fail_timeout=1s; # server-1",
      '"unix:/state/server-2.http" max_fails=1 fail_timeout=1s; # server-2',
      "127.0.0.1:8103 max_fails=1 fail_timeout=1s; # server-3",
    ]);
    expect(serverLines(conf, "grpc_replicas")[1]).toBe(
      '"unix:/state/server-2.grpc" max_fails=1 fail_timeout=1s; # server-2',
    );
    expect(serverLines(conf, "http_last_hop")[1]).toBe("127.0.0.1:8102 max_fails=0; # server-2");
  });

  test("has a worker for each core unless told", () => {
    expect(renderPlain({})).toContain("\nworker_processes auto;\n");
    expect(renderPlain({ workers: 2 })).toContain("\nworker_processes 2;\n");
  });

  test("tries every replica when all are down", () => {
    const allDown = replicas.map((it) => ({ ...it, down: true }));

    expect(renderPlain({ replicas: allDown })).toBe(renderPlain({ replicas }));
  });

  test("names the session by the configured header", () => {
    const conf = renderPlain({ sessionHeader: "x-chat-id" });

    expect(conf).toContain("hash $http_x_chat_id consistent;");
    expect(conf).toContain("map $http_x_chat_id $flotilla_grpc {");
    expect(conf).not.toContain("session_id");
  });

  test("includes a user's files in the order of their names, and says where they are from", () => {
    const conf = renderPlain({
      directives: {
        http: [
          { path: "/state/2.conf", source: "nginx/http.d/20-limits.conf" },
          { path: "/state/1.conf", source: "nginx/http.d/10-gzip.conf" },
        ],
        server: [{ path: "/state/with spaces;.conf", source: "nginx/server.d/headers.conf" }],
      },
    });

    expect(conf.match(/ *# nginx.*\n *include.*\n/g)).toEqual([
      '    # nginx/http.d/10-gzip.conf\n    include "/state/1.conf";\n',
      '    # nginx/http.d/20-limits.conf\n    include "/state/2.conf";\n',
      ...Array(2).fill(
        '        # nginx/server.d/headers.conf\n        include "/state/with spaces;.conf";\n',
      ),
    ]);
  });
});

describe("weight and max_conns", () => {
  test("are in every upstream, the last hop's included", () => {
    const conf = renderPlain({
      replicas: withReplicas({ "server-1": { weight: 3 }, "server-2": { maxConns: 8 } }),
    });

    for (const [pool, failures] of [
      ["replicas", "max_fails=1 fail_timeout=1s"],
      ["sessions", "max_fails=1 fail_timeout=1s"],
      ["last_hop", "max_fails=0"],
    ] as const) {
      expect(serverLines(conf, `http_${pool}`)).toEqual([
        `127.0.0.1:8101 weight=3 ${failures}; # server-1`,
        `127.0.0.1:8102 max_conns=8 ${failures}; # server-2`,
        `127.0.0.1:8103 ${failures}; # server-3`,
      ]);
    }
  });
});

describe("a backup", () => {
  const lines = (strategy: PlainFleet["strategy"], changes: ReplicaChanges) => {
    const conf = renderPlain({ nginx: "1.31.0", strategy, replicas: withReplicas(changes) });
    const short = (pool: string) =>
      serverLines(conf, `grpc_${pool}`).map((line) =>
        line.replace(/^127\.0\.0\.1:820/, "").replace(/ max_fails.*?(?= backup| down|;)/, ""),
      );
    return {
      replicas: short("replicas"),
      sessions: short("sessions"),
      lastHop: short("last_hop"),
    };
  };
  const [first, second, backup] = ["1; # server-1", "2; # server-2", "3 backup; # server-3"];

  test.each(["round-robin", "least-conn", "least-time", "sticky"] as const)(
    "is NGINX's own with %s, and left out where conversations are hashed",
    (strategy) => {
      expect(lines(strategy, { "server-3": { backup: true } })).toEqual({
        replicas: [first, second, backup],
        sessions: [first, second],
        lastHop: [first, second, backup],
      });
    },
  );

  describe.each(["hash", "ip-hash", "random-two"] as const)("with %s", (strategy) => {
    test("is left out while a primary is up, but for the last hop", () => {
      expect(lines(strategy, { "server-1": { down: true }, "server-3": { backup: true } })).toEqual(
        {
          replicas: ["1 down; # server-1", second],
          sessions: ["1 down; # server-1", second],
          lastHop: ["1 backup; # server-1", second, backup],
        },
      );
    });

    test("stands in when none is, and the primaries keep their places", () => {
      const standingIn = ["1 down; # server-1", "2 down; # server-2", "3; # server-3"];

      expect(
        lines(strategy, {
          "server-1": { down: true },
          "server-2": { down: true },
          "server-3": { backup: true },
        }),
      ).toEqual({
        replicas: standingIn,
        sessions: standingIn,
        lastHop: ["1 backup; # server-1", "2 backup; # server-2", "3; # server-3"],
      });
    });
  });

  test.each(["round-robin", "hash"] as const)(
    "is a backup of nobody in a fleet of backups alone, with %s",
    (strategy) => {
      const all = Object.fromEntries(replicas.map(({ id }) => [id, { backup: true }]));

      expect(lines(strategy, all)).toEqual(lines(strategy, {}));
    },
  );

  test.each(["round-robin", "hash"] as const)(
    "is tried with the others when all are down, with %s",
    (strategy) => {
      const wished = { "server-3": { backup: true } };
      const allDown = Object.fromEntries(
        replicas.map(({ id }) => [id, { down: true, backup: id === "server-3" }]),
      );

      expect(lines(strategy, allDown)).toEqual(lines(strategy, wished));
    },
  );
});
