import { chaos } from "./chaos/chaos.ts";
import { benchConversations } from "./conversations/bench-conversations.ts";
import { firstLook } from "./first-look.ts";
import { benchHandlers } from "./handlers/bench-handlers.ts";
import { overload } from "./overload/overload.ts";
import { installCommand } from "./peers/install-command.ts";

/** `bun run bench [NAME] [options]`; every figure in the docs is the output of one of these. */
const [name = "first-look", ...words] = process.argv.slice(2);
const commands = {
  "first-look": firstLook,
  chaos,
  conversations: benchConversations,
  handlers: benchHandlers,
  "install-peers": installCommand,
  overload,
} as const;
const command = Object.entries(commands).find(([known]) => known === name)?.[1];
if (command === undefined) {
  process.stderr.write(`${name}: expected ${Object.keys(commands).join(", ")}\n`);
  process.exit(2);
}
process.exit(await command(words));
