import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { services } from "@flotilla/proto/services";
import { freePorts } from "@flotilla/testkit/free-ports";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { connectProbe } from "./probe-replica.ts";

let status = "ready";
let grpcStatus: "SERVING" | "NOT_SERVING" = "SERVING";
let http: Bun.Server<undefined>;
let grpc: Server;
let grpcPort: number;

beforeAll(async () => {
  http = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => Response.json({ status }, { status: status === "ready" ? 200 : 503 }),
  });
  [grpcPort = 0] = freePorts(1);
  grpc = await serveHealth(grpcPort);
});

afterAll(async () => {
  await http.stop(true);
  grpc.forceShutdown();
});

async function serveHealth(port: number): Promise<Server> {
  const server = new Server();
  server.addService(services["grpc.health.v1.Health"], {
    Check: (_: unknown, answer: (error: null, response: object) => void) =>
      answer(null, { status: grpcStatus }),
  });
  await new Promise((resolve) =>
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), resolve),
  );
  return server;
}

function connect(ports: { readonly httpPort?: number; readonly grpcPort?: number } = {}) {
  const replica = { id: "server-1", host: "127.0.0.1", httpPort: http.port ?? 0, grpcPort };
  return connectProbe({ ...replica, ...ports });
}

describe("a probe", () => {
  test("passes when both protocols say that the replica serves", async () => {
    using probe = connect();

    expect(await probe.probe()).toEqual({ draining: false, problems: [] });
  });

  test("says which protocol failed, and how", async () => {
    using probe = connect();
    status = "failing";
    grpcStatus = "NOT_SERVING";
    const failing = await probe.probe();
    status = "draining";
    const draining = await probe.probe();
    status = "ready";
    grpcStatus = "SERVING";

    expect(failing).toEqual({
      draining: false,
      problems: [
        { protocol: "http", text: "HTTP: failing" },
        { protocol: "grpc", text: "gRPC: NOT_SERVING" },
      ],
    });
    expect(draining.draining).toBeTrue();
  });

  test("of closed ports fails at once", async () => {
    const [httpPort = 0, grpcPort = 0] = freePorts(2);
    using probe = connect({ httpPort, grpcPort });

    expect((await probe.probe()).problems.map(({ text }) => text)).toEqual([
      "HTTP: it cannot be reached",
      "gRPC: it cannot be reached",
    ]);
  });

  test("of a replica that accepts and does not answer ends by its own deadline", async () => {
    using silent = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    using probe = connect({ httpPort: silent.port, grpcPort: silent.port });

    expect((await probe.probe()).problems.map(({ text }) => text)).toEqual([
      "HTTP: no answer within 2000 ms",
      "gRPC: no answer within 2000 ms",
    ]);
  });

  test("passes again, on the same channel, when the replica is back at its port", async () => {
    const [port = 0] = freePorts(1);
    using probe = connect({ grpcPort: port });
    expect((await probe.probe()).problems).toHaveLength(1);

    const server = await serveHealth(port);
    await waitUntil("it passes", async () => (await probe.probe()).problems.length === 0, 5_000);
    server.forceShutdown();
  });
});
