import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

export interface FolderListing {
  readonly path: string;
  /** Names, in order; hidden ones are left out. */
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

export type Report = (problem: string) => void;

/** Links count as what they point at, wherever that is: caches of models are made of them. */
export async function listFolder(path: string, report: Report): Promise<FolderListing> {
  const folders: string[] = [];
  const files: string[] = [];
  for (const name of await entriesOf(path, report)) {
    const found = await kindOf(join(path, name), report);
    if (found === "folder") folders.push(name);
    if (found === "file") files.push(name);
  }
  return { path, folders, files };
}

async function entriesOf(path: string, report: Report): Promise<readonly string[]> {
  try {
    return (await readdir(path)).filter((name) => !name.startsWith(".")).sort();
  } catch (error) {
    report(unreadable(path, error));
    return [];
  }
}

async function kindOf(path: string, report: Report): Promise<"folder" | "file" | undefined> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return "folder";
    return found.isFile() ? "file" : undefined;
  } catch (error) {
    report(unreadable(path, error));
    return undefined;
  }
}

export function unreadable(path: string, error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : error;
  const mend = code === "ENOENT" ? "restore what it points at" : "let this user read it";
  return `${path}: expected something readable, got ${code}; mend: ${mend}, or remove it`;
}
