import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startRedis } from "@flotilla/testkit/start-redis";
import { whyNoServer } from "./test-store.ts";

const why = Bun.which("openssl") === null ? " (skipped: no openssl)" : await whyNoServer("redis");

describe.skipIf(why !== "")(`a server with TLS${why}`, () => {
  test("is believed by the certificates that the process is given, and by no others", async () => {
    await using server = await startTlsServer();

    expect(await takeOneTurn(server.url, { NODE_EXTRA_CA_CERTS: server.certificate })).toEqual({
      ok: true,
      value: [{ status: "written" }],
    });
    expect(await takeOneTurn(server.url, {})).toMatchObject({
      failure: { reason: "unavailable", detail: expect.stringMatching(/^rediss:.*certificate/) },
    });
  });

  test("of another name is not believed", async () => {
    await using server = await startTlsServer();
    const url = server.url.replace("localhost", "127.0.0.1");

    expect(await takeOneTurn(url, { NODE_EXTRA_CA_CERTS: server.certificate })).toMatchObject({
      failure: { reason: "unavailable" },
    });
  });
});

async function startTlsServer() {
  const folder = mkdtempSync(join(tmpdir(), "flotilla-tls-"));
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  const made = Bun.spawnSync(
    `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost
     -addext subjectAltName=DNS:localhost -keyout ${key} -out ${certificate}`.split(/\s+/),
  );
  if (!made.success) throw new Error(made.stderr.toString());
  const server = await startRedis({
    tls: true,
    settings: ["--tls-cert-file", certificate, "--tls-key-file", key, "--tls-auth-clients", "no"],
  });
  return {
    url: `rediss://localhost:${server.port}`,
    certificate,
    async [Symbol.asyncDispose]() {
      await server.kill();
      rmSync(folder, { recursive: true });
    },
  };
}

async function takeOneTurn(url: string, environment: Readonly<Record<string, string>>) {
  const script = Bun.fileURLToPath(new URL("./take-one-turn.ts", import.meta.url));
  const child = Bun.spawn([process.execPath, script, url], { env: { ...Bun.env, ...environment } });
  return JSON.parse(await child.stdout.text()) as unknown;
}
