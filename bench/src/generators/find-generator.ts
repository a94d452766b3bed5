import { join } from "node:path";
import { type Checked, refused } from "@flotilla/common/checked";
import { fetchProgram } from "@flotilla/distribution/fetch-program";
import { print } from "../print.ts";

export type GeneratorName = keyof typeof GENERATORS;

export interface Generator {
  readonly path: string;
  readonly version: string;
}

const GENERATORS = {
  wrk: { package: "wrk", version: /^wrk (?:\w+\/)?(\S+)/m, flag: "-v" },
  h2load: { package: "nghttp2-client", version: /nghttp2\/(\S+)/, flag: "--version" },
} as const;

const TOOLS = join(import.meta.dir, "../../../.tools");

/** The machine's own, else the distribution's, kept in the repository's `.tools`. */
export async function findGenerator(name: GeneratorName): Promise<Generator> {
  const check = (path: string) => checkGenerator(name, path);
  const installed = Bun.which(name);
  const found = await (installed === null
    ? fetchProgram(
        {
          title: name,
          name,
          packages: [GENERATORS[name].package],
          file: `bin/${name}`,
          check,
          mend: `install ${name}`,
        },
        { suite: "host", toolsFolder: TOOLS, onProgress: print },
      )
    : check(installed));
  if (!found.ok) throw new Error(found.problems.join("\n"));
  return found.value;
}

async function checkGenerator(name: GeneratorName, path: string): Promise<Checked<Generator>> {
  // No look at the exit code: wrk tells its version and calls that a failure.
  const { flag, version } = GENERATORS[name];
  const child = Bun.spawn([path, flag], { stdio: ["ignore", "pipe", "pipe"] });
  const text = `${await child.stdout.text()}${await child.stderr.text()}`;
  const found = version.exec(text)?.[1];
  return found === undefined
    ? refused(`${path} ${flag} says ${JSON.stringify(text.slice(0, 100))}`)
    : { ok: true, value: { path, version: found } };
}
