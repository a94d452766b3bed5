import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { Glob } from "bun";

/** The folders in which a file of this name lies: of the repository, a model, or a version. */
export function foldersWith(file: string, models: string): readonly string[] {
  if (!existsSync(models)) return [];
  const found = [file, `*/${file}`, `*/*/${file}`].flatMap((pattern) => [
    ...new Glob(pattern).scanSync({ cwd: models, followSymlinks: true }),
  ]);
  return found
    .filter((path) => !path.includes("node_modules/"))
    .map((path) => join(models, dirname(path)))
    .toSorted();
}
