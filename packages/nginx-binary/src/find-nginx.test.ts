import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { refused } from "@flotilla/common/checked";
import { findNginx } from "./find-nginx.ts";

const folder = mkdtempSync(join(tmpdir(), "flotilla-find-nginx-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A program that only knows `-v`, as NGINX does: on standard error. */
function fakeNginx(name: string, says: string, mode = 0o755): string {
  const path = join(folder, name, "nginx");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho "${says}" >&2\n`);
  chmodSync(path, mode);
  return path;
}

const current = fakeNginx("current", "nginx version: nginx/1.26.3");
const other = fakeNginx("other", "nginx version: nginx/1.30.6 (Debian)");
const old = fakeNginx("old", "nginx version: nginx/1.18.0 (Ubuntu)");
const impostor = fakeNginx("impostor", "caddy 2.9.1");
const plainFile = fakeNginx("plain-file", "nginx version: nginx/1.28.0", 0o644);
const fetched = {
  ok: true,
  value: { path: "/t/nginx", version: { major: 1, minor: 22, patch: 1 }, origin: "fetched" },
} as const;

function find(options: { configured?: string; path?: readonly string[]; fetchFails?: boolean }) {
  return findNginx({
    configured: options.configured ?? "",
    path: (options.path ?? []).map(dirname).join(":"),
    toolsFolder: folder,
    onProgress: () => {},
    systemFolders: [],
    fetch: async () => (options.fetchFails ? refused("the network is down") : fetched),
  });
}

describe("NGINX is found", () => {
  test("where FLOTILLA_NGINX says, whatever PATH has", async () => {
    expect(await find({ configured: other, path: [current] })).toEqual({
      ok: true,
      value: { path: other, version: { major: 1, minor: 30, patch: 6 }, origin: "configured" },
    });
  });

  test("on PATH, by a bare name in FLOTILLA_NGINX", async () => {
    const found = await find({ configured: "nginx", path: [current, other] });

    expect(found).toMatchObject({ ok: true, value: { path: current, origin: "configured" } });
  });

  test("on PATH, past what is too old, no program or something else", async () => {
    expect(await find({ path: [plainFile, impostor, old, current, other] })).toEqual({
      ok: true,
      value: { path: current, version: { major: 1, minor: 26, patch: 3 }, origin: "path" },
    });
  });

  test("by fetching it, when there is none", async () => {
    expect(await find({ path: [old] })).toEqual(fetched);
  });
});

describe("NGINX is refused", () => {
  const MEND = "mend: name an NGINX binary, or unset it, and one is found or fetched";

  test("when FLOTILLA_NGINX is something else, with what that said; nothing else is tried", async () => {
    expect(await find({ configured: impostor, path: [current] })).toEqual({
      ok: false,
      problems: [
        `FLOTILLA_NGINX: ${impostor} is not NGINX: \`${impostor} -v\` printed "caddy 2.9.1"; ${MEND}`,
      ],
    });
  });

  test("when FLOTILLA_NGINX is too old or missing", async () => {
    expect(await find({ configured: old })).toEqual({
      ok: false,
      problems: [`FLOTILLA_NGINX: ${old} is NGINX 1.18.0; Flotilla needs 1.22.0 or later; ${MEND}`],
    });
    expect(await find({ configured: "nginx", path: [plainFile] })).toEqual({
      ok: false,
      problems: [`FLOTILLA_NGINX: no \`nginx\` on PATH; ${MEND}`],
    });
    expect(await find({ configured: "/no/such/nginx" })).toMatchObject({ ok: false });
  });

  test("with everything that failed and the ways to get it, when it cannot be fetched either", async () => {
    const answer = await find({ path: [old], fetchFails: true });

    expect(answer).toEqual({
      ok: false,
      problems: [
        `${old} is NGINX 1.18.0; Flotilla needs 1.22.0 or later`,
        "the network is down",
        expect.stringMatching(/FLOTILLA_NGINX=.*apt-get install nginx.*brew install nginx/s),
      ],
    });
  });
});
