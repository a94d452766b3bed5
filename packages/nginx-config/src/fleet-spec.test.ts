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
        replicas: [{ ...replica, grpc: { host: "::1%eth0", port: 8201 } }],
        sessionHeader: "x-session-id$request_body",
        failTimeoutMs: 1_500,
        maxFails: Number.NaN,
        folder: "relative",
      }),
    ).toEqual([
      'replicas[0].id: expected 1 to 64 letters, digits, dots, hyphens or underscores, the first a letter or digit, got "server-1; }"',
      "replicas[0].http.port: expected a whole number from 1 to 65535, got 70000",
      'replicas[0].grpc.host: expected a host name or an IP address, got "::1%eth0"',
      'nginx: expected the version of an NGINX from 1.22.0 on, such as "1.22.1", got "1.18.0"',
      'http.host: expected a host name or an IP address, got "127.0.0.1:80 default_server"',
      "http.port: expected a whole number from 1 to 65535, got 0",
      'sessionHeader: expected a header name of lower-case letters, digits and hyphens, 64 at most, got "x-session-id$request_body"',
      "maxFails: expected a whole number from 0 to 1000, got null",
      "failTimeoutMs: expected a multiple of 1000 from 1000 to 600000, got 1500",
      'folder: expected an absolute path without control characters, ", \\ and $, short enough for a socket in it (103 bytes), got "relative"',
    ]);
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
      "grpc.port: must differ from http.port",
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
