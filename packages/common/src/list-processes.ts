import { readdirSync, readFileSync } from "node:fs";

export interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly command: string;
}

/** `num_threads` of proc_pid_stat(5), counted from the state. */
const THREADS_FIELD = 17;

/** Every process that lives and is no zombie: from Linux's `/proc`, elsewhere from `ps`. */
export function listProcesses(): readonly RunningProcess[] {
  return process.platform === "linux" ? fromProc() : fromPs();
}

function fromProc(): readonly RunningProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // The name in parentheses may itself hold blanks and parentheses.
        const fields = readFileSync(`/proc/${name}/stat`, "utf8")
          .replace(/^.*\) /s, "")
          .split(" ");
        const [state, parent, group] = fields;
        // Of a dying process the first thread may be a zombie while others still hold its ports open.
        if (state === "Z" && Number(fields[THREADS_FIELD]) <= 1) return [];
        const words = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0");
        const command = words.join(" ").trim();
        return [{ pid: Number(name), parent: Number(parent), group: Number(group), command }];
      } catch {
        return []; // it ended meanwhile
      }
    });
}

function fromPs(): readonly RunningProcess[] {
  const { stdout } = Bun.spawnSync(["ps", "-A", "-o", "pid=,ppid=,pgid=,stat=,command="]);
  return [...stdout.toString().matchAll(/^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/gm)]
    .filter(([, , , , state]) => !state?.startsWith("Z"))
    .map(([, pid, parent, group, , command = ""]) => ({
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      command,
    }));
}
