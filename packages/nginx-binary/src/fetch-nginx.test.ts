import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatNginxVersion, isAtLeast } from "@flotilla/common/nginx-version";
import type { Suite } from "@flotilla/distribution/fetch-program";
import { runCommand } from "@flotilla/distribution/run-command";
import { fetchNginx } from "./fetch-nginx.ts";

setDefaultTimeout(300_000); // some 20 MB of package lists, from wherever the mirror is

// Kept between runs: a second run finds what the first one fetched.
const toolsFolder = join(import.meta.dir, "../../../.tools");
const isDebian = Bun.which("apt-get") !== null;

async function fetchInto(folder: string, suite: Suite) {
  const steps: string[] = [];
  const fetched = await fetchNginx({
    suite,
    toolsFolder: folder,
    onProgress: (it) => steps.push(it),
  });
  if (!fetched.ok) throw new Error(fetched.problems.join("\n"));
  return { ...fetched.value, steps };
}

describe.skipIf(!isDebian)("a fetched NGINX (skipped where there is no apt)", () => {
  test.each([
    ["bookworm", "1.22.1", "1.22.1"],
    ["trixie", "1.26.3", "1.26.3"],
    ["sid", "1.30.0", "1.99.0"],
  ] as const)(
    "of Debian's %s runs here, found at once the second time",
    async (...[suite, from, to]) => {
      const { path } = await fetchInto(toolsFolder, suite);
      const second = await fetchInto(toolsFolder, suite);
      const printed = await runCommand({ command: [path, "-v"] });

      expect(isAtLeast(second.version, from)).toBe(true);
      expect(isAtLeast(second.version, to)).toBe(from === to);
      expect(second.steps).toEqual([]);
      expect(printed).toMatchObject({
        value: { stderr: `nginx version: nginx/${formatNginxVersion(second.version)}\n` },
      });
    },
  );

  test("is fetched once more where an earlier try broke off, by two processes at once", async () => {
    mkdirSync(toolsFolder, { recursive: true });
    const folder = mkdtempSync(join(toolsFolder, ".test-fetch-"));
    try {
      mkdirSync(join(folder, "nginx-host"));
      writeFileSync(join(folder, "nginx-host/nginx"), "cut off");
      mkdirSync(join(folder, ".fetching-999999999-abc"));

      const both = await Promise.all([fetchInto(folder, "host"), fetchInto(folder, "host")]);

      expect(both.map(({ path }) => path)).toEqual(Array(2).fill(join(folder, "nginx-host/nginx")));
      expect(readdirSync(folder)).toEqual(["nginx-host"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
