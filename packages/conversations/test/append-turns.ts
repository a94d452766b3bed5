import { openStore } from "../src/open-store.ts";
import type { ConversationId } from "../src/session-store.ts";
import { messagesOf } from "./messages-of.ts";
import { NO_LIMITS } from "./test-store.ts";
import { bytes, conversation } from "./turn-write.ts";

/**
 * A process that appends its numbered messages, from one to another, to conversations that it shares with other
 * processes, and says each on a line of its output when it is in the store. A conversation's state is the list of its
 * messages. It does what a replica does: load, replay, write on the version it loaded, and look again if that fails.
 */
const [address = "", writer = "", from = "", to = "", conversations = ""] = process.argv.slice(2);

const SNAPSHOT_EVERY = 5;

const opened = openStore(address, { limits: NO_LIMITS });
if (!opened.ok) throw new Error(opened.problems.join());
const store = opened.value;

for (let number = Number(from); number <= Number(to); number++) {
  const id = conversation(`c${number % Number(conversations)}`);
  const message = `${writer}:${number}`;
  while (!(await append(id, message))) await Bun.sleep(Math.random() * 5);
  process.stdout.write(`${number}\n`);
}
await store.close();

async function append(id: ConversationId, message: string): Promise<boolean> {
  const known = await store.findTurn({ id, key: message });
  if (!known.ok || known.value !== undefined) return known.ok;
  const loaded = await store.load(id);
  if (!loaded.ok) return false;
  const n = (loaded.value?.turns ?? 0) + 1;
  const messages = [...messagesOf(loaded.value), message];
  const committed = await store.commit([
    {
      id,
      expectedVersion: loaded.value?.version ?? null,
      newVersion: crypto.randomUUID(),
      turn: { n, key: message, bodyHash: "", input: bytes(message), answer: bytes("") },
      ...(n % SNAPSHOT_EVERY === 0 ? { snapshot: bytes(messages.join(" ")) } : {}),
      at: Date.now(),
      serverId: writer,
    },
  ]);
  const [result] = committed.ok ? committed.value : [];
  return result?.status === "written" || result?.status === "applied";
}
