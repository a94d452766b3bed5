#!/usr/bin/env bun
/** NGINX as the supervisor sees it: its configuration is the two ports where it listens. */
import { readFileSync } from "node:fs";
import { watchParent } from "@flotilla/common/watch-parent";

const file = process.argv[process.argv.indexOf("-c") + 1] ?? "";
for (const port of JSON.parse(readFileSync(file, "utf8"))) {
  Bun.listen({ hostname: "127.0.0.1", port, socket: { data() {} } });
}
process.on("SIGQUIT", () => process.exit(0));
watchParent(() => process.exit());
