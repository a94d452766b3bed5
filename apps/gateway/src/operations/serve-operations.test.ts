import { expect, test } from "bun:test";
import { createLogger } from "@flotilla/common/logger";
import { freePorts } from "@flotilla/testkit/free-ports";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { startStandInFleet } from "../../test/start-stand-in-fleet.ts";
import { serveOperations } from "./serve-operations.ts";

test("an operation goes on when its client has gone", async () => {
  const [ops_port = 0] = freePorts(1);
  await using fleet = await startStandInFleet({ settings: { ops_port } });
  const served = serveOperations({
    ...fleet.gateway,
    settings: fleet.gateway.fleet.wanted.settings,
    nginxVersion: "1.22.1",
    logger: createLogger({ level: "error", fields: {} }),
    supervised: true,
    ownsReplicas: true,
  });
  if (!served.ok) throw new Error(served.problems.join("\n"));

  const client = new AbortController();
  const url = `http://127.0.0.1:${ops_port}/restart`;
  const answer = fetch(url, { method: "POST", signal: client.signal }).catch(() => "gone");
  await waitUntil("it is under way", () => fleet.supervisor.orders.length > 0);
  client.abort();

  expect(await answer).toBe("gone");
  await waitUntil("all were restarted", () =>
    fleet.gateway.fleet.replicas.every(
      ({ process, state }) => (process.pid ?? 0) > 1_003 && state === "serving",
    ),
  );
  await served.value.stop(true);
});
