import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface PortHolder {
  readonly pid: number;
  readonly command: string;
}

/**
 * Who listens on a TCP port of this machine, as far as this user may see it: another user's process stays unknown.
 * Linux tells in `/proc`; elsewhere `lsof` is asked.
 */
export function findPortHolder(
  port: number,
  /** Pids to look at first: a look at all of them takes a while. */
  likely: Iterable<number> = [],
): PortHolder | undefined {
  return process.platform === "linux" ? fromProc(port, likely) : fromLsof(port);
}

function fromProc(port: number, likely: Iterable<number>): PortHolder | undefined {
  const sockets = new Set(
    ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) => listeningInodes(table, port)),
  );
  if (sockets.size === 0) return undefined;
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  for (const pid of [...Array.from(likely, String), ...all]) {
    if (openFiles(pid).some((target) => sockets.has(target))) {
      return { pid: Number(pid), command: commandOf(pid) };
    }
  }
  return undefined;
}

/** Columns of proc(5)'s tcp table: slot, local address, remote address, state (0A: listening), …, tenth: inode. */
function listeningInodes(table: string, port: number): readonly string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return (readIfThere(() => readFileSync(table, "utf8")) ?? "")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(suffix) && state === "0A")
    .map((columns) => `socket:[${columns[9]}]`);
}

function openFiles(pid: string): readonly string[] {
  const names = readIfThere(() => readdirSync(`/proc/${pid}/fd`)) ?? [];
  return names.flatMap((name) => readIfThere(() => readlinkSync(`/proc/${pid}/fd/${name}`)) ?? []);
}

function commandOf(pid: string): string {
  const text = readIfThere(() => readFileSync(`/proc/${pid}/cmdline`, "utf8")) ?? "";
  return text.split("\0").join(" ").trim();
}

/** Processes come and go while they are looked at, and some are another user's. */
function readIfThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function fromLsof(port: number): PortHolder | undefined {
  const lsof = Bun.which("lsof");
  if (lsof === null) return undefined;
  const { stdout } = Bun.spawnSync([lsof, "-nP", "-t", `-iTCP:${port}`, "-sTCP:LISTEN"]);
  const pid = Number.parseInt(stdout.toString(), 10);
  if (Number.isNaN(pid)) return undefined;
  const command = Bun.spawnSync(["ps", "-o", "command=", "-p", String(pid)]).stdout;
  return { pid, command: command.toString().trim() };
}
