import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getTestNginx, TESTED_SUITES, type TestNginx } from "@flotilla/testkit/start-nginx";
import fc from "fast-check";
import { parseFleetSpec } from "../src/fleet-spec.ts";
import { readableFiles } from "../src/readable-files.ts";
import { renderNginxConf } from "../src/render-nginx-conf.ts";
import { anyFleet } from "./any-fleet.ts";
import { plainFleet, renderPlain, replicaAt } from "./plain-fleet.ts";

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

/** Three files with what the function says, under names that would mean something without their quotes. */
function writeFiles(content: (n: number) => string): readonly string[] {
  const folder = mkdtempSync(join(base, "user-"));
  return [";}'#", "(a b)", "é"].map((name, n) => {
    const path = join(folder, `${name}.conf`);
    writeFileSync(path, content(n));
    return path;
  });
}

describe.each(TESTED_SUITES)("NGINX of Debian's %s", (suite) => {
  let nginx: TestNginx;
  beforeAll(async () => {
    nginx = await getTestNginx(suite);
  });

  test("accepts any valid fleet without a warning", async () => {
    const files = {
      http: writeFiles((n) => `map $uri $user_${n} { default ${n}; }`),
      server: writeFiles((n) => `location = /user-${n} { return 204; }`),
    };
    const fleets = anyFleet({ nginx: nginx.version, folder: base, files });
    const property = fc.asyncProperty(fleets, async (plain) => {
      const fleet = parseFleetSpec(plain);
      fc.pre(fleet.ok);
      if (!fleet.ok) return;
      mkdirSync(plain.folder, { recursive: true });

      expect(await complaintsOf(nginx, renderNginxConf(fleet.value))).toEqual([]);
    });
    await fc.assert(property, { numRuns: RUNS_PER_VERSION });
  });

  test("accepts a fleet of 1,000 replicas on sockets with long paths", async () => {
    const path = (at: number, protocol: string) =>
      `/${"x".repeat(70)}/server-${at}-${protocol}.sock`;
    const replicas = Array.from({ length: 1_000 }, (_, at) => ({
      ...replicaAt({ id: `server-${at + 1}`, http: 2_000 + 2 * at, grpc: 2_001 + 2 * at }),
      sockets: { http: path(at, "http"), grpc: path(at, "grpc") },
    }));
    const conf = renderPlain({ nginx: nginx.version, folder: base, replicas });

    expect(await complaintsOf(nginx, conf)).toEqual([]);
  });

  test.each([
    { strategy: "least-time", directive: "least_time header;" },
    { strategy: "sticky", directive: "sticky cookie flotilla_http path=/ httponly;" },
  ] as const)("knows $directive, or the strategy is refused", async ({ strategy, directive }) => {
    const wished = { nginx: nginx.version, folder: base };
    const parsed = parseFleetSpec(plainFleet({ ...wished, strategy }));
    const conf = renderPlain({ ...wished, strategy: "least-conn" });
    const complaints = await complaintsOf(nginx, conf.replace("least_conn;", directive));

    expect(complaints.some((it) => it.includes("unknown directive"))).toBe(!parsed.ok);
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
  const byHand = await Bun.file(
    new URL("../../../nginx/by-hand/resolve.conf", import.meta.url),
  ).text();
  for (const text of [...readableFiles().values(), byHand]) {
    const here = text
      .replaceAll(/model-server-\d/g, "localhost")
      .replaceAll("/var/lib/flotilla", base);

    expect(await complaintsOf(nginx, here)).toEqual([]);
  }
});
