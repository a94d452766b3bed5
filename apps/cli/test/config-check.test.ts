import { expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runFlotilla } from "./run-flotilla.ts";

test("`config check` names what each setting for itself does not show, and the exit code is 2", async () => {
  const { problems, code } = await runFlotilla({
    arguments: ["config", "check"],
    settings: {
      per_replica: { "server-2": { weight: 2 }, "sever-1": { weight: 3 } },
      session_store: "postgres://localhost",
      nginx: "/no/nginx",
    },
  });

  expect(problems.split("\n")).toEqual([
    "per_replica.sever-1: no replica has this name; they are server-1 to server-99; mend: did you mean server-1?",
    "session_store: expected `sqlite:PATH`, `redis://HOST` or `memory:`; mend: write `sqlite:sessions.db`, for example",
    expect.stringMatching(/^FLOTILLA_NGINX: .*\/no\/nginx/),
    "",
  ]);
  expect(code).toBe(2);
});

test("`config check` holds the strategy against the NGINX that there is", async () => {
  using nginx = nginxThatSays("nginx version: nginx/1.22.1");
  const check = async (strategy: "sticky" | "least-conn") =>
    await runFlotilla({
      arguments: ["config", "check"],
      settings: { strategy, nginx: nginx.path },
    });

  expect(await check("sticky")).toMatchObject({
    problems: expect.stringContaining("strategy: sticky needs NGINX 1.29.6 or later"),
    code: 2,
  });
  expect(await check("least-conn")).toEqual({
    out: "the settings are fine (checked against NGINX 1.22.1)\n",
    problems: "",
    code: 0,
  });
});

/** Stands in for an NGINX of another version than this machine has. */
function nginxThatSays(version: string): Disposable & { readonly path: string } {
  const folder = mkdtempSync(join(tmpdir(), "flotilla-test-"));
  const path = join(folder, "nginx");
  writeFileSync(path, `#!/bin/sh\necho '${version}' >&2\n`);
  chmodSync(path, 0o755);
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}
