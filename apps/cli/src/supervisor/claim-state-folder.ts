import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Checked, refused } from "@flotilla/common/checked";
import { listProcesses } from "@flotilla/common/list-processes";
import { endRecordedProcess, readProcessRecord } from "@flotilla/common/process-record";
import { SOCKET_PATH_BYTES_MAX } from "@flotilla/common/socket-path";
import type { StateFolder } from "@flotilla/common/state-folder";

/** Where the rendered configuration puts NGINX's own. */
const LONGEST_SOCKET = "nginx/nginx-status.sock";

const GRACE_MS = 2_000;

export interface ClaimedFolder extends Disposable {
  /** Names of what an earlier supervisor had left running, and which is ended now. */
  readonly leftovers: readonly string[];
}

/**
 * Makes the folder this supervisor's own: refuses while another one lives, and ends what a killed one left behind
 * (its replicas and gateway notice that themselves within a second, but a new start may be quicker).
 */
export async function claimStateFolder(state: StateFolder): Promise<Checked<ClaimedFolder>> {
  const tooLong = longPathProblem(state);
  if (tooLong !== undefined) return refused(tooLong);
  let owner: number | undefined;
  try {
    mkdirSync(state.nginx, { recursive: true, mode: 0o700 });
    owner = claim(state.supervisorPid);
  } catch (error) {
    return refused(
      `state: ${(error as Error).message}; mend: name a folder that can be written with --state`,
    );
  }
  if (owner !== undefined) {
    return refused(
      `state: ${state.folder} belongs to a fleet that runs already, with pid ${owner}; mend: end it, or name another folder with --state`,
    );
  }
  const recorded = readProcessRecord(state.processes);
  const ended = await Promise.all(
    recorded.map((process) =>
      endRecordedProcess(process, { signal: "SIGTERM", graceMs: GRACE_MS }).then((living) =>
        living > 0 ? [process.name] : [],
      ),
    ),
  );
  const release = () => {
    rmSync(state.processes, { force: true });
    rmSync(state.supervisorPid, { force: true });
  };
  return { ok: true, value: { leftovers: ended.flat(), [Symbol.dispose]: release } };
}

export function longPathProblem({ folder }: StateFolder): string | undefined {
  if (Buffer.byteLength(join(folder, LONGEST_SOCKET)) <= SOCKET_PATH_BYTES_MAX) return undefined;
  const longest = SOCKET_PATH_BYTES_MAX - LONGEST_SOCKET.length - 1;
  return `state: ${folder} is too long for the Unix sockets in it; mend: name a folder of at most ${longest} bytes, for example --state /tmp/flotilla`;
}

/** The pid of the living supervisor that has it, or undefined: it is ours now. */
function claim(path: string): number | undefined {
  try {
    // "wx" fails where the file exists: of two that start at once, one gets it.
    writeFileSync(path, String(process.pid), { flag: "wx" });
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const owner = livingSupervisor(path);
  if (owner !== undefined) return owner;
  rmSync(path, { force: true });
  return claim(path);
}

/** The pid in the file, if that process lives; by now it may be another program's. */
export function livingSupervisor(path: string): number | undefined {
  const owner = existsSync(path) ? Number(readFileSync(path, "utf8")) : 0;
  const living = listProcesses().find(({ pid }) => pid === owner);
  return owner !== process.pid && / (dev|up)\b/.test(living?.command ?? "") ? owner : undefined;
}
