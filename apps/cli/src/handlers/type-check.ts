import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Problem } from "./problem.ts";

const TIMEOUT_MS = 120_000;

/** What TypeScript finds wrong with these files, each under the nearest tsconfig.json, as editors see it. */
export async function typeCheck(files: readonly string[]): Promise<readonly Problem[]> {
  const byConfig = Map.groupBy(files, nearestTsconfig);
  const checked = [...byConfig].map(([config, own]) =>
    config === undefined ? own.map(withoutTsconfig) : checkProject(config, own),
  );
  return (await Promise.all(checked)).flat();
}

function withoutTsconfig(file: string): Problem {
  const mend = "let `flotilla types` write one into the models' folder";
  return { file, message: `expected a tsconfig.json beside it or above, got none; mend: ${mend}` };
}

async function checkProject(config: string, files: readonly string[]): Promise<readonly Problem[]> {
  const folder = dirname(config);
  const tsc = join(
    dirname(fileURLToPath(import.meta.resolve("typescript/package.json"))),
    "bin/tsc",
  );
  const run = Bun.spawn(
    [process.execPath, tsc, "-p", config, "--noEmit", "--pretty", "false", "--listFiles"],
    { cwd: folder, stdin: "ignore", stdout: "pipe", stderr: "pipe", timeout: TIMEOUT_MS },
  );
  const [out, trouble] = await Promise.all([run.stdout.text(), run.stderr.text(), run.exited]);
  if (run.signalCode !== null || trouble !== "") {
    const why = trouble.trim() || `it did not end within ${TIMEOUT_MS / 1_000} s`;
    return [{ file: config, message: `TypeScript failed: ${why}` }];
  }
  const { problems, listed } = readOutput(out, folder);
  const left = files.filter((file) => !listed.has(file));
  return [
    // What lies elsewhere, as Flotilla's own sources do, is not its user's to mend.
    ...problems.filter(({ file }) => file === undefined || file.startsWith(`${folder}/`)),
    ...left.map((file) => ({
      file,
      message: `${config} leaves it out, so its types are not checked; mend: include it`,
    })),
  ].map(({ file = config, ...problem }) => {
    const mend = mendOf(problem.message, config);
    return {
      ...problem,
      file,
      message: mend ? `${problem.message}; mend: ${mend}` : problem.message,
    };
  });
}

function mendOf(message: string, config: string): string | undefined {
  const [, name] = /^Cannot find module '(.+?)'/.exec(message) ?? [];
  if (name === undefined || name.startsWith(".")) return undefined;
  return name.startsWith("@flotilla/")
    ? `add its path to ${config}; \`flotilla types\` says how`
    : "add it to the package.json in the model's folder, and run `flotilla models install`";
}

/** tsc's lines: problems, indented lines that go on with the last one, and the files that it has read. */
function readOutput(out: string, folder: string) {
  const problems: { -readonly [Key in keyof Problem]?: Problem[Key] }[] = [];
  const listed = new Set<string>();
  for (const line of out.split("\n")) {
    const { file, row, column, message } =
      /^(?:(?<file>.+?)\((?<row>\d+),(?<column>\d+)\): )?error TS\d+: (?<message>.*)$/.exec(line)
        ?.groups ?? {};
    const last = problems.at(-1);
    if (message !== undefined) {
      problems.push({
        ...(file && { file: resolve(folder, file), line: Number(row), column: Number(column) }),
        message,
      });
    } else if (line.startsWith(" ") && last !== undefined) {
      last.message += `\n${line}`;
    } else if (line !== "") listed.add(line);
  }
  return { problems: problems as Problem[], listed };
}

function nearestTsconfig(file: string): string | undefined {
  const folder = dirname(file);
  const path = join(folder, "tsconfig.json");
  if (existsSync(path)) return path;
  return folder === file ? undefined : nearestTsconfig(folder);
}
