import { accessSync, constants, statSync } from "node:fs";
import { delimiter, resolve } from "node:path";
import { type Checked, refused } from "@flotilla/common/checked";
import { fetchNginx } from "./fetch-nginx.ts";
import { checkNginxBinary, type NginxBinary, OLDEST_NGINX } from "./nginx-binary.ts";

// Debian keeps NGINX where an ordinary user's PATH does not look.
const SYSTEM_FOLDERS = ["/usr/sbin", "/usr/local/sbin"];

export interface FindNginxOptions {
  /** FLOTILLA_NGINX; empty: not set. */
  readonly configured: string;
  /** The text of the PATH variable. */
  readonly path: string;
  /** Where a fetched NGINX is kept. */
  readonly toolsFolder: string;
  /** Gets one line a step. */
  readonly onProgress: (line: string) => void;
  /** For tests: where to look after PATH. */
  readonly systemFolders?: readonly string[];
  /** What to do when nothing is found, instead of fetching one. */
  readonly fetch?: typeof fetchNginx;
}

/** The NGINX that was asked for, else one of this machine, else the distribution's package, unpacked. */
export async function findNginx(options: FindNginxOptions): Promise<Checked<NginxBinary>> {
  if (options.configured !== "") return checkConfigured(options);

  const folders = [
    ...options.path.split(delimiter).filter((folder) => folder !== ""),
    ...(options.systemFolders ?? SYSTEM_FOLDERS),
  ];
  const problems: string[] = [];
  for (const path of new Set(folders.map((folder) => resolve(folder, "nginx")))) {
    if (!isExecutable(path)) continue;
    const found = await checkNginxBinary({ path, origin: "path" });
    if (found.ok) return found;
    problems.push(...found.problems);
  }

  const { toolsFolder, onProgress, fetch = fetchNginx } = options;
  const fetched = await fetch({ suite: "host", toolsFolder, onProgress });
  return fetched.ok ? fetched : refused(...problems, ...fetched.problems, waysToGetNginx());
}

async function checkConfigured(options: FindNginxOptions): Promise<Checked<NginxBinary>> {
  const { configured } = options;
  const path = configured.includes("/")
    ? resolve(configured)
    : (Bun.which(configured, { PATH: options.path }) ?? undefined);
  const checked =
    path === undefined
      ? refused(`no \`${configured}\` on PATH`)
      : await checkNginxBinary({ path, origin: "configured" });
  if (checked.ok) return checked;
  const mend = "mend: name an NGINX binary, or unset it, and one is found or fetched";
  return refused(...checked.problems.map((problem) => `FLOTILLA_NGINX: ${problem}; ${mend}`));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // not there, or not for us: look on
  }
}

function waysToGetNginx(): string {
  return [
    `no NGINX ${OLDEST_NGINX} or later was found or fetched. Any of these gets one:`,
    "FLOTILLA_NGINX=/path/to/nginx",
    "Debian, Ubuntu: apt-get install nginx",
    "macOS: brew install nginx",
    "other systems: the package manager's nginx, on PATH",
  ].join("\n    ");
}
