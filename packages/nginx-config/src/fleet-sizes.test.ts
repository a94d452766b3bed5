import { describe, expect, test } from "bun:test";
import { renderPlain, replicaAt } from "../test/plain-fleet.ts";

function renderFleetOf(replicas: number, connectionsLimit = 4_096): string {
  return renderPlain({
    connectionsLimit,
    replicas: Array.from({ length: replicas }, (_, at) =>
      replicaAt({ id: `server-${at + 1}`, http: 1_000 + 2 * at, grpc: 1_001 + 2 * at }),
    ),
  });
}

function numberOf(conf: string, directive: string): number {
  return Number(new RegExp(`^ *${directive} (\\d+)k?;`, "m").exec(conf)?.[1]);
}

describe("a configuration", () => {
  test("lets every client's request go on to a replica, although one worker may have them all", () => {
    const conf = renderFleetOf(3, 10_000);
    const idle = 4 * numberOf(conf, "keepalive");

    expect(numberOf(conf, "worker_connections")).toBe(2 * 10_000 + idle);
    expect(numberOf(conf, "worker_rlimit_nofile")).toBeGreaterThan(2 * 10_000 + idle);
  });

  test("keeps idle connections to each replica of a large fleet", () => {
    expect(numberOf(renderFleetOf(3), "keepalive")).toBe(256);
    expect(numberOf(renderFleetOf(1_000), "keepalive")).toBe(2_000);
  });

  test("has zones that grow with the fleet", () => {
    const sizes = [1, 128, 129, 1_000].map((replicas) =>
      numberOf(renderFleetOf(replicas), "zone http_replicas"),
    );

    expect(sizes).toEqual([256, 256, 258, 2_000]);
  });
});
