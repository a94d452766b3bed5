import { join } from "node:path";
import { runChecks } from "./run-checks.ts";

process.exit((await runChecks(join(import.meta.dir, ".."))) > 0 ? 1 : 0);
