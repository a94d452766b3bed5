import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import http2, { type Http2Server } from "node:http2";
import { join } from "node:path";
import { connect } from "@flotilla/testkit/grpc-client";
import { type NginxPlace, startNginx, TESTED_SUITES } from "@flotilla/testkit/start-nginx";
import { status } from "@grpc/grpc-js";
import { type FakeReplica, startFakeReplica } from "./grpc-fake-replica.ts";
import { renderFor } from "./strategy-fleet.ts";

// Fetches Debian packages where they are not there yet.
setDefaultTimeout(300_000);

const CALLS = 10_000;
const CALLS_AT_ONCE = 16;

/** What NGINX says of an answer whose headers refer to a table that it does not have. */
const INVALID_INDEX = "invalid http2 table index";

function confFor(grpcPort: number) {
  const at = (port: number) => ({ host: "127.0.0.1", port });
  const usual = { down: false, weight: 1, maxConns: 0, backup: false };
  const replicas = [{ id: "server-1", http: at(1), grpc: at(grpcPort), ...usual }];
  return (place: NginxPlace) => renderFor(place, { replicas });
}

/** How the calls ended, each status with its number. */
async function callMany(address: string, calls: number): Promise<Record<string, number>> {
  using client = connect("grpc.health.v1.Health", address);
  const ends: Record<string, number> = {};
  let left = calls;
  const check = () =>
    new Promise<string>((resolve) => {
      client.Check({ service: "" }, (error) => resolve(status[error?.code ?? status.OK] ?? ""));
    });
  const caller = async () => {
    while (left-- > 0) {
      const end = await check();
      ends[end] = (ends[end] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, caller));
  return ends;
}

const { createServer } = http2;
let connections = 0;
let replica: FakeReplica;

beforeAll(async () => {
  const counting = (...args: Parameters<typeof createServer>): Http2Server =>
    createServer(...args).on("session", () => {
      connections += 1;
    });
  Object.assign(http2, { createServer: counting });
  replica = await startFakeReplica();
});

afterAll(async () => {
  Object.assign(http2, { createServer });
  await replica[Symbol.asyncDispose]();
});

test(`${CALLS} calls directly at the replica all end well`, async () => {
  expect(await callMany(replica.address, CALLS)).toEqual({ OK: CALLS });
});

describe.each(TESTED_SUITES)("through NGINX of %s", (suite) => {
  test(`${CALLS} calls over kept-alive connections all end well`, async () => {
    await using nginx = await startNginx({ suite, renderConf: confFor(replica.server.port) });
    connections = 0;

    expect(await callMany(`127.0.0.1:${nginx.grpcPort}`, CALLS)).toEqual({ OK: CALLS });

    expect(connections).toBeLessThan(CALLS / 100);
    // NGINX's retries would hide such an answer from the client.
    expect(nginx.log()).not.toContain(INVALID_INDEX);
  });
});

/**
 * The day this fails, Bun keeps to the peer's header table (oven-sh/bun#19152): never-indexed-headers.ts can go, once
 * the oldest Bun that package.json allows does so, and this test with it.
 */
test("without the mend, NGINX still cannot read the second answer of a connection", async () => {
  const fixture = join(import.meta.dir, "grpc-unmended-server.ts");
  const child = Bun.spawn([process.execPath, fixture], { stdout: "pipe" });
  try {
    const { value } = await child.stdout.getReader().read();
    const port = Number(new TextDecoder().decode(value));
    await using nginx = await startNginx({ suite: "bookworm", renderConf: confFor(port) });

    await callMany(`127.0.0.1:${nginx.grpcPort}`, 4 * CALLS_AT_ONCE);

    expect(nginx.log()).toContain(INVALID_INDEX);
  } finally {
    child.kill();
    await child.exited;
  }
});
