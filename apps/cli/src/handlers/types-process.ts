import { runTypes } from "../commands/types.ts";

/** `flotilla types` for a fleet that runs; its report, as JSON. */
process.stdout.write(JSON.stringify(await runTypes({ models: process.argv[2] ?? "" })));
