import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface ModelFolder extends AsyncDisposable {
  readonly folder: string;
}

/**
 * A model repository in a temporary folder. `files` by their paths in it; `links` likewise, to folders and files that
 * lie elsewhere.
 */
export async function writeModels(options: {
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly links?: Readonly<Record<string, string>>;
}): Promise<ModelFolder> {
  const folder = await mkdtemp(join(tmpdir(), "flotilla-models-"));
  for (const [path, content] of Object.entries(options.files ?? {})) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await Bun.write(join(folder, path), content);
  }
  for (const [name, target] of Object.entries(options.links ?? {})) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await symlink(target, join(folder, name));
  }
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
