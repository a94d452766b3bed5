import { accessSync, constants, existsSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import type { StateFolder } from "@flotilla/common/state-folder";
import { longPathProblem } from "../supervisor/claim-state-folder.ts";
import { bytesText, type Finding, judge } from "./finding.ts";

/** For NGINX's temporary files, bodies up to their limit each, and for the next conversations. */
const FREE_BYTES_MIN = 256 * 1024 ** 2;

export function stateFindings(state: StateFolder): readonly Finding[] {
  const { folder } = state;
  const there = existingFolder(folder);
  const { bavail, bsize } = statfsSync(there);
  const free = bavail * bsize;
  const tooLong = longPathProblem(state);
  const problems = [
    ...(tooLong === undefined ? [] : [tooLong]),
    ...(isWritable(there)
      ? []
      : [`${there}: this user may not write to it; mend: name another folder with --state`]),
    ...(free >= FREE_BYTES_MIN
      ? []
      : [
          `${there}: ${bytesText(free)} are free; mend: make room, ${bytesText(FREE_BYTES_MIN)} at least`,
        ]),
  ];
  const made = there === folder ? "" : ", made at the first start";
  return judge("state", problems, `${folder}${made}; ${bytesText(free)} free`);
}

/** It, or the one in which it will be made. */
function existingFolder(folder: string): string {
  return existsSync(folder) ? folder : existingFolder(dirname(folder));
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
