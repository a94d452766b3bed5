import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseFleetSpec } from "@flotilla/nginx-config/fleet-spec";
import { renderNginxConf } from "@flotilla/nginx-config/render-nginx-conf";
import { getTestNginx } from "@flotilla/testkit/start-nginx";
import { standInSettings } from "../../test/stand-in-gateway.ts";
import { plainFleet } from "../fleet/plain-fleet.ts";
import { checkNginxConfiguration } from "./check-nginx-configuration.ts";
import {
  includedDirectives,
  readDirectives,
  removeOldCopies,
  type UserDirectives,
  withSources,
} from "./user-directives.ts";

// NGINX may have to be fetched.
setDefaultTimeout(240_000);

let folder: string;
let from: string;
let nginx: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "flotilla-directives-"));
  from = join(folder, "user");
  nginx = join(folder, "state");
  for (const name of ["http.d", "server.d"]) mkdirSync(join(from, name), { recursive: true });
  mkdirSync(nginx);
});

afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, text: string): string {
  writeFileSync(join(from, path), text);
  return join(from, path);
}

function read(): UserDirectives {
  const directives = readDirectives({ from, nginx });
  if (!directives.ok) throw new Error(directives.problems.join("\n"));
  return directives.value;
}

async function render(directives: UserDirectives) {
  const { path, version } = await getTestNginx("bookworm");
  const fleet = parseFleetSpec(
    plainFleet({
      settings: standInSettings({ state: folder }),
      directives,
      replicas: [{ id: "server-1", host: "127.0.0.1", httpPort: 8101, grpcPort: 8201 }],
      plan: new Map([["server-1", "up"]]),
      nginxVersion: version,
      folder: nginx,
    }),
  );
  if (!fleet.ok) throw new Error(fleet.problems.join("\n"));
  const text = renderNginxConf(fleet.value);
  const configuration = join(nginx, "candidate.conf");
  writeFileSync(configuration, text);
  const check = await checkNginxConfiguration({ nginx: path, folder: nginx, configuration });
  return { text, problems: withSources(check, directives) };
}

describe("a user's directives", () => {
  test("are what NGINX takes, or are named by their own file and line", async () => {
    write("http.d/map.conf", "map $uri $mine { default 1; }\n");
    write("server.d/headers.conf", "add_header x-mine $mine;\n");
    expect((await render(read())).problems).toEqual([]);

    const wrong = write("server.d/wrong.conf", "# mine\nno_such_directive on;\n");
    expect((await render(read())).problems).toEqual([
      expect.stringContaining(`unknown directive "no_such_directive" in ${wrong}:2`),
    ]);
  });

  test("are copied: an edit changes nothing of what NGINX reads", () => {
    write("http.d/a.conf", "# one\n");
    const before = read();
    write("http.d/a.conf", "# two\n");
    const after = read();

    const [one, two] = [before, after].map(({ http }) => readFileSync(http[0]?.path ?? "", "utf8"));
    expect([one, two]).toEqual(["# one\n", "# two\n"]);

    removeOldCopies(nginx, after);
    expect(existsSync(before.http[0]?.path ?? "")).toBeFalse();
    expect(existsSync(after.http[0]?.path ?? "")).toBeTrue();
  });

  test("are known from the configuration that includes them", async () => {
    write("http.d/a.conf", "# a\n");
    write("server.d/b.conf", "# b\n");
    write("server.d/c.conf", "# c\n");
    const directives = read();

    const { text } = await render(directives);

    expect(includedDirectives(text, nginx)).toEqual(directives);
  });

  test("may be missing, and other files lie beside them", () => {
    write("http.d/README.md", "no directive");
    expect(read()).toEqual({ http: [], server: [] });

    rmSync(from, { recursive: true });
    expect(read()).toEqual({ http: [], server: [] });
  });

  test("have limits, and all that is wrong is named", () => {
    write("http.d/large.conf", "#".repeat(70_000));
    write('http.d/a"b.conf', "");
    mkdirSync(join(from, "http.d", "folder.conf"));
    for (let n = 0; n < 33; n++) write(`server.d/${n}.conf`, "");

    expect(readDirectives({ from, nginx })).toEqual({
      ok: false,
      problems: [
        expect.stringMatching(/http\.d: "a\\"b\.conf": mend: name it with letters/),
        expect.stringMatching(/http\.d\/folder\.conf: EISDIR/),
        expect.stringMatching(/http\.d\/large\.conf: 70000 bytes, and 65536 are the most$/),
        expect.stringMatching(/server\.d: 33 files, and 32 are the most; mend: /),
      ],
    });
  });
});
