import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { getTestNginx, TESTED_SUITES, type TestNginx } from "@flotilla/testkit/start-nginx";
import fc from "fast-check";
import { type PlainFleet, parseFleetSpec } from "../src/fleet-spec.ts";
import { readableFiles } from "../src/readable-files.ts";
import { renderNginxConf } from "../src/render-nginx-conf.ts";
import { plainFleet } from "./plain-fleet.ts";

setDefaultTimeout(300_000); // the first run fetches NGINX

const RUNS_PER_VERSION = 25;

const base = mkdtempSync(join(tmpdir(), "ft-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** What NGINX says of a configuration: nothing but that it is right, unless there is a warning or an error. */
async function complaintsOf(nginx: TestNginx, conf: string): Promise<readonly string[]> {
  const file = join(base, "nginx.conf");
  writeFileSync(file, conf);
  const child = Bun.spawn([nginx.path, "-t", "-e", "stderr", "-p", base, "-c", file], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const [said] = await Promise.all([child.stderr.text(), child.exited]);
  const fine = [
    `configuration file ${file} test is successful`,
    `the configuration file ${file} syntax is ok`,
  ];
  return said
    .split("\n")
    .filter((line) => line !== "" && !fine.some((it) => line === `nginx: ${it}`));
}

// Names would have to resolve; `localhost` does everywhere.
const host = fc.oneof(fc.ipV4(), fc.ipV6(), fc.constant("localhost"));
const port = fc.integer({ min: 1, max: 65_535 });
// `nginx -t` binds these, so they must be of this machine, and allowed to everyone.
const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some((it) => it.address === "::1"),
);
const listenHost = fc.constantFrom("127.0.0.1", "0.0.0.0", ...(hasIpv6 ? ["::1", "::"] : []));
const listenPort = fc.integer({ min: 1_024, max: 65_535 });
const address = fc.record({ host, port });
const printable = fc.string({
  unit: fc.constantFrom(..."abcXYZ019 ;{}'#%&()*+,-.:=?@[]^_`|~<>!é"),
  minLength: 1,
  maxLength: 20,
});
const text = (characters: string, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...characters), maxLength });
const replica = fc.record({
  id: text("abcXYZ019._-", 63).map((rest) => `s${rest}`),
  http: address,
  grpc: address,
  down: fc.boolean(),
  weight: fc.constant(1),
  maxConns: fc.constant(0),
  backup: fc.constant(false),
});

function anyFleet(nginx: string): fc.Arbitrary<PlainFleet> {
  return fc.record({
    nginx: fc.constant(nginx),
    http: fc.record({ host: listenHost, port: listenPort }),
    grpc: fc.record({ host: listenHost, port: listenPort }),
    replicas: fc.uniqueArray(replica, { minLength: 1, maxLength: 12, selector: ({ id }) => id }),
    strategy: fc.constant("round-robin"),
    hashOn: fc.constant("client-address"),
    trustedProxies: fc.constant([]),
    directives: fc.constant({ http: [], server: [] }),
    sessionHeader: text("abcxyz019-", 60).map((middle) => `a${middle}z`),
    maxFails: fc.integer({ min: 0, max: 1_000 }),
    failTimeoutMs: fc.integer({ min: 1, max: 600 }).map((s) => s * 1_000),
    bodyLimitBytes: fc.integer({ min: 1, max: 2 ** 36 }),
    grpcMessageLimitBytes: fc.integer({ min: 1, max: 2 ** 32 }),
    headerLimitBytes: fc.integer({ min: 1_024, max: 2 ** 20 }),
    deadlineMs: fc.integer({ min: 1, max: 86_400_000 }),
    grpcStreamsLimit: fc.integer({ min: 1, max: 65_535 }),
    folder: printable.map((name) => `${base}/${name.replaceAll(/^\.+$/g, "x")}`),
    asRoot: fc.constant(process.getuid?.() === 0),
  });
}

describe.each(TESTED_SUITES)("NGINX of Debian's %s", (suite) => {
  let nginx: TestNginx;
  beforeAll(async () => {
    nginx = await getTestNginx(suite);
  });

  test("accepts any valid fleet without a warning", async () => {
    const property = fc.asyncProperty(anyFleet(nginx.version), async (plain) => {
      const fleet = parseFleetSpec(plain);
      fc.pre(fleet.ok);
      if (!fleet.ok) return;
      mkdirSync(plain.folder, { recursive: true });

      expect(await complaintsOf(nginx, renderNginxConf(fleet.value))).toEqual([]);
    });
    await fc.assert(property, { numRuns: RUNS_PER_VERSION });
  });

  test("complains of what is rendered for another generation", async () => {
    const other = suite === "sid" ? "1.22.1" : "1.30.6";
    const fleet = parseFleetSpec(plainFleet({ nginx: other, folder: base }));
    if (!fleet.ok) throw new Error("the fleet is valid");

    expect(await complaintsOf(nginx, renderNginxConf(fleet.value))).not.toEqual([]);
  });
});

test("the readable configurations are accepted, with names and a folder that are here", async () => {
  const nginx = await getTestNginx("sid");
  for (const text of readableFiles().values()) {
    const here = text
      .replaceAll(/model-server-\d/g, "localhost")
      .replaceAll("/var/lib/flotilla", base);

    expect(await complaintsOf(nginx, here)).toEqual([]);
  }
});
