import { join } from "node:path";
import { generatedFiles } from "./generated-files.ts";

const root = join(import.meta.dir, "..");
for (const [path, bytes] of await generatedFiles(root)) await Bun.write(join(root, path), bytes);
