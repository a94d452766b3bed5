import { mkdtemp, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Disk extends AsyncDisposable {
  readonly folder: string;
  /** Mounts it again with these options: `ro`, `rw`. */
  remount(options: string): void;
}

const SIZE = "4m";

/** Whether this user may mount file systems. */
export async function mayMount(): Promise<boolean> {
  const disk = await mountDisk().catch(() => undefined);
  await disk?.[Symbol.asyncDispose]();
  return disk !== undefined;
}

/** A small file system in memory, so that a full disk is nobody else's. */
export async function mountDisk(): Promise<Disk> {
  const folder = await mkdtemp(join(tmpdir(), "flotilla-disk-"));
  run(["mount", "-t", "tmpfs", "-o", `size=${SIZE}`, "flotilla-test", folder]);
  return {
    folder,
    remount: (options) => run(["mount", "-o", `remount,${options}`, folder]),
    async [Symbol.asyncDispose]() {
      run(["umount", "--lazy", folder]);
      await rmdir(folder);
    },
  };
}

function run(command: string[]): void {
  const { success, stderr } = Bun.spawnSync(command);
  if (!success) throw new Error(`${command.join(" ")}: ${stderr}`);
}
