import { chaos } from "./chaos/chaos.ts";
import { compare } from "./compare/compare.ts";
import { report } from "./compare/report.ts";
import { benchConversations } from "./conversations/bench-conversations.ts";
import { curves } from "./curves/curves.ts";
import { reportCurves } from "./curves/report-curves.ts";
import { guard } from "./guard/guard.ts";
import { benchHandlers } from "./handlers/bench-handlers.ts";
import { overload } from "./overload/overload.ts";
import { installCommand } from "./peers/install-command.ts";

/** `bun run bench [NAME] [options]`; every figure in the docs is the output of one of these. */
const [first = "", ...rest] = process.argv.slice(2);
const commands = {
  chaos,
  compare,
  conversations: benchConversations,
  curves,
  guard,
  handlers: benchHandlers,
  "install-peers": installCommand,
  overload,
  async report() {
    await reportCurves();
    return await report();
  },
} as const;
const isOption = first === "" || first.startsWith("-");
const [name, words] = isOption ? ["compare", process.argv.slice(2)] : [first, rest];
const command = Object.entries(commands).find(([known]) => known === name)?.[1];
if (command === undefined) {
  process.stderr.write(`${name}: expected ${Object.keys(commands).join(", ")}\n`);
  process.exit(2);
}
process.exit(await command(words));
