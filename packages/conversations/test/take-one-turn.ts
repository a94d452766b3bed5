import { openStore } from "../src/open-store.ts";
import { NO_LIMITS } from "./test-store.ts";
import { turnWrites } from "./turn-write.ts";

/** A process with an environment of its own that writes one turn, and prints what became of it. */
const [address = ""] = process.argv.slice(2);
const opened = openStore(address, { limits: NO_LIMITS, timeoutMs: 20_000 });
if (!opened.ok) throw new Error(opened.problems.join());
const committed = await opened.value.commit(turnWrites(1));
process.stdout.write(JSON.stringify(committed));
await opened.value.close();
