import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Checked } from "@flotilla/common/checked";
import type { PrivateApt } from "./private-apt.ts";
import { runCommand } from "./run-command.ts";

/** The packages and, round by round, the libraries that those so far depend on, down to the C library. */
export async function unpackPackages(
  apt: PrivateApt,
  {
    packages,
    root,
    without = [],
  }: {
    readonly packages: readonly string[];
    readonly root: string;
    /** Libraries that whoever runs the programs has already. */
    readonly without?: readonly string[];
  },
): Promise<Checked<string>> {
  const known = new Set([...packages, ...without]);
  let wanted = [...packages];
  while (wanted.length > 0) {
    const downloaded = await apt.download(wanted);
    if (!downloaded.ok) return downloaded;
    const debs = downloaded.value;
    wanted = [];
    for (const file of readdirSync(debs)) {
      const deb = join(debs, file);
      const depends = await runCommand({ command: ["dpkg-deb", "--field", deb, "Depends"] });
      if (!depends.ok) return depends;
      const extracted = await runCommand({ command: ["dpkg-deb", "--extract", deb, root] });
      if (!extracted.ok) return extracted;
      wanted.push(...librariesIn(depends.value.stdout).filter((name) => !known.has(name)));
      for (const name of wanted) known.add(name);
      rmSync(deb);
    }
  }
  return { ok: true, value: root };
}

/** `libc6 (>= 2.38), libssl3t64 (>= 3.5.0) | libssl3, iproute2` → the libraries; scripts and tools are not needed. */
export function librariesIn(depends: string): readonly string[] {
  return depends
    .split(",")
    .map((alternatives) => /^\s*([a-z0-9.+-]+)/.exec(alternatives)?.[1] ?? "")
    .filter((name) => /^(?:lib|lua-|zlib)/.test(name));
}
