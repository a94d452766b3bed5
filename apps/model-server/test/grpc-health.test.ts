import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { HealthCheckResponse__Output } from "@flotilla/proto/generated/grpc/health/v1/HealthCheckResponse";
import { connect } from "@flotilla/testkit/grpc-client";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { status } from "@grpc/grpc-js";
import { type FakeReplica, startFakeReplica } from "./grpc-fake-replica.ts";

let replica: FakeReplica;
let client: ReturnType<typeof connect<"grpc.health.v1.Health">>;

beforeEach(async () => {
  replica = await startFakeReplica();
  client = connect("grpc.health.v1.Health", replica.address);
});

afterEach(async () => {
  client.close();
  await replica[Symbol.asyncDispose]();
});

const PREDICTION = "flotilla.v1.PredictionService";

const check = async (service: string) =>
  await new Promise((resolve) =>
    client.Check({ service }, (error, response) =>
      resolve(error ? status[error.code] : response?.status),
    ),
  );

function watch(service: string) {
  const seen: string[] = [];
  const call = client.Watch({ service });
  call.on("data", ({ status }: HealthCheckResponse__Output) => seen.push(status));
  call.on("error", ({ code }: { code: number }) => seen.push(status[code] ?? ""));
  const reaches = (...statuses: string[]) =>
    waitUntil(`${service} has been ${statuses}`, () => `${seen}` === `${statuses}`);
  return { call, reaches };
}

describe("Check", () => {
  test.each(["", PREDICTION, "grpc.health.v1.Health", "sentiment"])(
    "of %p follows readiness",
    async (service) => {
      expect(await check(service)).toBe("SERVING");
      replica.setState("draining");
      expect(await check(service)).toBe("NOT_SERVING");
    },
  );

  test("tells a failing model from the others", async () => {
    replica.setHealthy("sentiment", false);
    replica.setState("failing");

    expect(await Promise.all(["", PREDICTION, "sentiment", "echo-FP32"].map(check))).toEqual([
      "NOT_SERVING",
      "NOT_SERVING",
      "NOT_SERVING",
      "SERVING",
    ]);
  });

  test("of what nobody serves is NOT_FOUND", async () => {
    expect(await check("wine")).toBe("NOT_FOUND");
  });
});

describe("Watch", () => {
  test("tells the state at once, and each change once", async () => {
    const whole = watch("");
    const model = watch("sentiment");
    await whole.reaches("SERVING");
    await model.reaches("SERVING");

    replica.setHealthy("sentiment", false);
    await model.reaches("SERVING", "NOT_SERVING");
    replica.setState("failing");
    await whole.reaches("SERVING", "NOT_SERVING");
    replica.setHealthy("sentiment", true);
    replica.setState("ready");
    await model.reaches("SERVING", "NOT_SERVING", "SERVING");
    await whole.reaches("SERVING", "NOT_SERVING", "SERVING");
    whole.call.cancel();
    model.call.cancel();
  });

  test("of what nobody serves stays open as SERVICE_UNKNOWN", async () => {
    const { call, reaches } = watch("wine");

    await reaches("SERVICE_UNKNOWN");
    call.cancel();
    await reaches("SERVICE_UNKNOWN", "CANCELLED");
  });

  test("ends as UNAVAILABLE when the replica shuts down, and does not hold that up", async () => {
    const { reaches } = watch("");
    await reaches("SERVING");

    await replica.server.drain();

    await reaches("SERVING", "UNAVAILABLE");
  });
});
