import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { findNginx } from "@flotilla/nginx-binary/find-nginx";
import { createSupervisorClient } from "../supervisor-client.ts";
import { checkNginxConfiguration } from "./check-nginx-configuration.ts";
import { createConfigurationKeeper } from "./configuration-keeper.ts";

// NGINX may have to be fetched.
setDefaultTimeout(240_000);

const GOOD = configuration("hash $remote_addr consistent; keepalive 4;");
/** `nginx -t` passes it, and warns that the method was redefined. */
const WARNED = configuration("least_conn; hash $remote_addr consistent; keepalive 4;");
const REFUSED = configuration("no_such_directive;");

let folder: string;
/** Stands in for the supervisor: remembers what it was asked to load. */
let loaded: string[];
let supervisor: Bun.Server<undefined>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "flotilla-keeper-"));
  loaded = [];
  supervisor = Bun.serve({
    unix: join(folder, "supervisor.sock"),
    async fetch(request) {
      if (request.method === "PUT") loaded.push(readFileSync(await request.text(), "utf8"));
      const last = loaded.at(-1);
      const digest = last === undefined ? null : Bun.SHA256.hash(last, "hex");
      return Response.json({ pid: 1, generation: loaded.length, reloads: 0, digest });
    },
  });
});

afterEach(async () => {
  await supervisor.stop(true);
  rmSync(folder, { recursive: true });
});

test("equal bytes are loaded once, whoever keeps them", async () => {
  const before = await keeper();
  expect(await before.keep(GOOD)).toEqual({ kind: "loaded" });
  expect(await before.keep(GOOD)).toEqual({ kind: "unchanged" });

  const afterRestart = await keeper();
  expect(await afterRestart.keep(GOOD)).toEqual({ kind: "unchanged" });
  expect(loaded).toEqual([GOOD]);
});

test.each([
  ["refuses", REFUSED, /^\[emerg\] unknown directive "no_such_directive"/],
  ["only warns about", WARNED, /^\[warn\] load balancing method redefined/],
] as const)(
  "a configuration that nginx -t %s is not loaded, and the last one stays",
  async (...row) => {
    const [, text, words] = row;
    const { keep } = await keeper();
    await keep(GOOD);

    expect(await keep(text)).toEqual({
      kind: "refused",
      problems: expect.arrayContaining([expect.stringMatching(words)]),
      runs: true,
    });
    expect(readFileSync(join(folder, "nginx.conf"), "utf8")).toBe(GOOD);
    expect(loaded).toEqual([GOOD]);
  },
);

test("a first configuration that is refused is never put in place", async () => {
  const { keep } = await keeper();

  expect(await keep(REFUSED)).toMatchObject({ kind: "refused", runs: false });
  expect(existsSync(join(folder, "nginx.conf"))).toBeFalse();
});

test("a configuration is tested without being put in place", async () => {
  const { keep, test } = await keeper();
  await keep(GOOD);

  expect(await test(REFUSED)).not.toEqual([]);
  expect(await test(`${GOOD}\n`)).toEqual([]);
  expect(readFileSync(join(folder, "nginx.conf"), "utf8")).toBe(GOOD);
  expect(loaded).toEqual([GOOD]);
});

test("what NGINX was told last is known to the next one, unless something else lies there", async () => {
  const { keep } = await keeper();
  const supervisor = createSupervisorClient(join(folder, "supervisor.sock"));
  const asked = async () => {
    const nginx = await supervisor.nginx();
    return nginx && (await keeper()).loaded(nginx);
  };
  expect(await asked()).toBeUndefined();

  await keep(GOOD);
  expect(await asked()).toBe(GOOD);

  writeFileSync(join(folder, "nginx.conf"), "another");
  expect(await asked()).toBeUndefined();
});

test("a supervisor that does not answer is asked again", async () => {
  const { keep } = await keeper();
  await supervisor.stop(true);

  expect(await keep(GOOD)).toEqual({ kind: "unreachable" });
});

async function keeper() {
  const nginx = await findNginx({
    configured: Bun.env["FLOTILLA_NGINX"] ?? "",
    path: Bun.env["PATH"] ?? "",
    toolsFolder: resolve(import.meta.dir, "../../../../.tools"),
    onProgress() {},
  });
  if (!nginx.ok) throw new Error(nginx.problems.join("\n"));
  const { path } = nginx.value;
  return createConfigurationKeeper({
    folder,
    supervisor: createSupervisorClient(join(folder, "supervisor.sock")),
    check: (candidate) =>
      checkNginxConfiguration({ nginx: path, folder, configuration: candidate }),
  });
}

function configuration(upstream: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path temp-${name};`)
    .join(" ");
  const user = process.getuid?.() === 0 ? "user root;" : "";
  return `${user} daemon off; pid nginx.pid; error_log stderr; events {}
http { access_log off; ${temporary} upstream u { zone u 64k; ${upstream} server 127.0.0.1:9; } }
`;
}
