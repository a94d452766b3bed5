import { describe, expect, test } from "bun:test";
import { plainFleet, renderPlain, replicaAt } from "../test/plain-fleet.ts";

const { replicas } = plainFleet();

function serverLines(conf: string, upstream: string): readonly string[] {
  const body = new RegExp(`upstream ${upstream} \\{\n([^}]*)\\}`).exec(conf)?.[1] ?? "";
  return body.split("\n").flatMap((line) => /^ +server (.*)$/.exec(line)?.[1] ?? []);
}

describe("a rendered configuration", () => {
  test("is the same whatever the order of the replicas", () => {
    expect(renderPlain({ replicas: replicas.toReversed() })).toBe(renderPlain({ replicas }));
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

  test("keeps the line of a replica that is down, in every upstream", () => {
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
      "127.0.0.1:8102 max_fails=0 down; # server-2",
    );
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
});
