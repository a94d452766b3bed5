import { existsSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { REPOSITORY } from "../repository-folder.ts";

/** What a handler and its tests may import without an installation, and where it lies. */
const PACKAGES = {
  "@flotilla/handler": "packages/handler/src/api.ts",
  "@flotilla/testing": "packages/testing/src/api.ts",
};

export interface ModelsTsconfig {
  readonly path: string;
  readonly written: boolean;
  /** What its owner has to do about it. */
  readonly lacks: string | undefined;
}

/** For editors, `flotilla check` and `bun test`, which all take the nearest one. A user's own is left as it is. */
export function writeModelsTsconfig(models: string): ModelsTsconfig {
  const path = join(models, "tsconfig.json");
  const pathTo = pathsFrom(models);
  const paths = Object.fromEntries(
    Object.entries(PACKAGES).map(([name, file]) => [name, [pathTo(file)]]),
  );
  if (existsSync(path)) {
    const text = readFileSync(path, "utf8");
    // One that extends another may have them from there.
    const hasPaths = text.includes('"@flotilla/handler"') || text.includes('"extends"');
    const lacks = hasPaths
      ? undefined
      : `${path}: add to compilerOptions: "paths": ${JSON.stringify(paths)}`;
    return { path, written: false, lacks };
  }
  const compilerOptions = {
    target: "ESNext",
    module: "Preserve",
    moduleResolution: "Bundler",
    lib: ["ESNext"],
    types: ["bun"],
    typeRoots: [pathTo("node_modules/@types")],
    strict: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    verbatimModuleSyntax: true,
    paths,
  };
  try {
    writeFileSync(path, `${JSON.stringify({ compilerOptions }, null, 2)}\n`);
    return { path, written: true, lacks: undefined };
  } catch (error) {
    return {
      path,
      written: false,
      lacks: `${path}: cannot be written: ${(error as Error).message}`,
    };
  }
}

function pathsFrom(models: string): (file: string) => string {
  // Through a link `..` leads elsewhere.
  if (realpathSync(models) !== resolve(models)) return (file) => join(REPOSITORY, file);
  return (file) => {
    const path = relative(resolve(models), join(REPOSITORY, file));
    return path.startsWith(".") ? path : `./${path}`;
  };
}
