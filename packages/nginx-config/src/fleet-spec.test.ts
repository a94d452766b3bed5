import { describe, expect, test } from "bun:test";
import { plainFleet, replicaAt } from "../test/plain-fleet.ts";
import { type PlainFleet, parseFleetSpec } from "./fleet-spec.ts";

function problemsOf(changes: Partial<PlainFleet>): readonly string[] {
  const parsed = parseFleetSpec(plainFleet(changes));
  return parsed.ok ? [] : parsed.problems;
}

describe("a fleet is refused", () => {
  test("with all of its problems at once", () => {
    const replica = replicaAt({ id: "server-1; }", http: 70_000, grpc: 8201 });

    expect(
      problemsOf({
        nginx: "1.18.0",
        http: { host: "127.0.0.1:80 default_server", port: 0 },
        replicas: [{ ...replica, grpc: { host: "::1%eth0", port: 8201 }, weight: 0 }],
        hashOn: "header:",
        trustedProxies: ["10.0.0.0/8", "10.0.0.7/8", "unix:"],
        directives: {
          http: [{ path: "/state/*.conf", source: "http.d/a.conf" }],
          server: [{ path: "/state/b.conf", source: "server.d/b.conf\n}" }],
        },
        sessionHeader: "x-session-id$request_body",
        failTimeoutMs: 1_500,
        maxFails: Number.NaN,
        folder: "relative",
      }),
    ).toEqual([
      'nginx: expected the version of an NGINX from 1.22.0 on, such as "1.22.1", got "1.18.0"',
      'host: expected a host name or an IP address, got "127.0.0.1:80 default_server"',
      "http_port: expected a whole number from 1 to 65535, got 0",
      'replicas[0].id: expected 1 to 64 letters, digits, dots, hyphens or underscores, the first a letter or digit, got "server-1; }"',
      "replicas[0].http.port: expected a whole number from 1 to 65535, got 70000",
      'replicas[0].grpc.host: expected a host name or an IP address, got "::1%eth0"',
      "replicas[0].weight: expected a whole number from 1 to 1000, got 0",
      'hash_on: expected `client-address`, or `header:NAME` with a name of letters, digits and hyphens, 64 at most, got "header:"',
      'trusted_proxies: expected an IP address, or a network such as 10.0.0.0/8 with nothing but zeros past its prefix, got "10.0.0.7/8"',
      'trusted_proxies: expected an IP address, or a network such as 10.0.0.0/8 with nothing but zeros past its prefix, got "unix:"',
      'nginx_directives: expected an absolute path without control characters, ", \\ and $, without *, ? and [, and of 2048 bytes at most, got "/state/*.conf"',
      'nginx_directives: expected one line of 2048 bytes at most, without control characters, got "server.d/b.conf\\n}"',
      'session_header: expected a header name of lower-case letters, digits and hyphens, 64 at most, got "x-session-id$request_body"',
      "max_fails: expected a whole number from 0 to 1000, got null",
      "fail_timeout_ms: expected a multiple of 1000 from 1000 to 600000, got 1500",
      'state: expected an absolute path without control characters, ", \\ and $, short enough for a socket in it (103 bytes), got "relative"',
    ]);
  });

  test("by what a user set for a replica", () => {
    const [first, ...others] = plainFleet().replicas;
    if (first === undefined) throw new Error("the fleet has replicas");

    expect(problemsOf({ replicas: [{ ...first, weight: 1.5, maxConns: -1 }, ...others] })).toEqual([
      "per_replica.server-1.weight: expected a whole number from 1 to 1000, got 1.5",
      "per_replica.server-1.max_conns: expected a whole number from 0 to 65535, got -1",
    ]);
  });

  test("when its weights would make rings that NGINX cannot hold", () => {
    const replicas = Array.from({ length: 11 }, (_, n) => ({
      ...replicaAt({ id: `server-${n}`, http: 8101 + n, grpc: 8201 + n }),
      weight: 1_000,
    }));

    expect(problemsOf({ replicas })).toEqual([
      "per_replica: the weights add up to 11000, and more than 10000 cost NGINX too much memory; mend: smaller ones in the same proportions",
    ]);
    expect(problemsOf({ replicas: replicas.slice(1) })).toEqual([]);
  });

  test.each([
    { strategy: "least-time", since: "1.31.0", before: "1.30.6" },
    { strategy: "sticky", since: "1.29.6", before: "1.29.5" },
  ] as const)("when its NGINX cannot do $strategy", ({ strategy, since, before }) => {
    expect(problemsOf({ strategy, nginx: before })).toEqual([
      `strategy: ${strategy} needs NGINX ${since} or later, this one is ${before}; mend: choose another strategy, or name a newer NGINX by the setting \`nginx\``,
    ]);
    expect(problemsOf({ strategy, nginx: since })).toEqual([]);
  });

  test("when two replicas share an id or an address, or none is there", () => {
    const replica = replicaAt({ id: "server-1", http: 8101, grpc: 8101 });

    expect(problemsOf({ replicas: [replica, { ...replica, grpc: replica.http }] })).toEqual([
      'replicas: the id "server-1" occurs twice',
      ...Array(3).fill('replicas: the address "127.0.0.1:8101" occurs twice'),
    ]);
    expect(problemsOf({ replicas: [] })).toEqual(["replicas: expected at least one"]);
  });

  test("when both protocols would listen on one port", () => {
    expect(problemsOf({ grpc: { host: "127.0.0.1", port: 8000 } })).toEqual([
      "grpc_port: must differ from http_port",
    ]);
  });

  test.each([
    "",
    "a b",
    "a;b",
    "a{",
    "a\nb",
    "$host",
    "-a",
    "a-",
    "a..b",
    "1.2.3",
    "256.1.1.1",
    "a_b",
    "é",
    "[::1]",
  ])("for the host %j", (host) => {
    expect(problemsOf({ http: { host, port: 8000 } })).toHaveLength(1);
  });

  test.each(["/a\nb", '/a"b', "/a\\b", "/a$b", `/${"a".repeat(100)}`, "", "a/b"])(
    "for the folder %j",
    (folder) => {
      expect(problemsOf({ folder })).toHaveLength(1);
    },
  );
});

test.each([
  "localhost",
  "model-server-1",
  "a.example.org",
  "127.0.0.1",
  "0.0.0.0",
  "::",
  "fe80::1",
])("a fleet may be at %s", (host) => {
  expect(problemsOf({ http: { host, port: 8000 } })).toEqual([]);
});
