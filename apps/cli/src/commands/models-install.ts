import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "@flotilla/common/settings";
import { foldersWith } from "../handlers/folders-with.ts";
import { shownPath } from "../screen/shown-path.ts";
import type { Report } from "./report.ts";

/** What a package.json says is run when it is installed is code, too. */
const HANDLERS_OFF =
  "handlers (FLOTILLA_HANDLERS) is off, and what handlers import would run: nothing is installed; mend: set it on";

const TIMEOUT_MS = 10 * 60_000;

/** Installs what handlers import, by their lockfiles. Nothing else does: a start never installs. */
export async function runModelsInstall(options: {
  readonly settings: Pick<Settings, "models" | "handlers">;
  /** Writes the lockfiles where they are missing or old. */
  readonly update: boolean;
}): Promise<Report> {
  const { update } = options;
  const { models, handlers } = options.settings;
  if (handlers === "off") return { lines: [], problems: [HANDLERS_OFF] };
  const lines: string[] = [];
  const problems: string[] = [];
  const folders = foldersWith("package.json", models);
  for (const folder of folders) {
    const problem = await install(folder, update);
    if (problem === undefined) lines.push(`${shownPath(folder)}: installed`);
    else problems.push(`${shownPath(folder)}: ${problem}`);
  }
  if (folders.length === 0) lines.push(`no model in ${models} has a package.json`);
  return { lines, problems };
}

/** Why it could not be. */
async function install(folder: string, update: boolean): Promise<string | undefined> {
  const isLocked = ["bun.lock", "bun.lockb"].some((name) => existsSync(join(folder, name)));
  if (!isLocked && !update) {
    return "expected a bun.lock, got none; mend: write it with `flotilla models install --update`";
  }
  const bun = Bun.spawn([process.execPath, "install", ...(update ? [] : ["--frozen-lockfile"])], {
    cwd: folder,
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
    timeout: TIMEOUT_MS,
  });
  const [said, code] = await Promise.all([bun.stderr.text(), bun.exited]);
  if (code === 0) return undefined;
  const why = said.trim().split("\n").slice(-5).join("; ");
  const mend = why.includes("lockfile had changes")
    ? "; mend: `flotilla models install --update`"
    : "";
  return `bun install failed: ${why || `it ended with ${code}`}${mend}`;
}
