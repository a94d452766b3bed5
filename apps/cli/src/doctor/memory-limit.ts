import { readFileSync } from "node:fs";

/** What a cgroup allows this process, in bytes (v2, then v1); undefined: as much as there is. */
export function memoryLimit(
  readFile: (path: string) => string | undefined = readIfThere,
): number | undefined {
  const text =
    readFile("/sys/fs/cgroup/memory.max") ??
    readFile("/sys/fs/cgroup/memory/memory.limit_in_bytes");
  // "max": none.
  const bytes = Number(text);
  return Number.isNaN(bytes) ? undefined : bytes;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined; // not Linux, or no cgroup of this version
  }
}
