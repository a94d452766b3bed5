import type { Conversation } from "../src/session-store.ts";

/** The list of messages that a conversation of append-turns.ts is: its snapshot, and the turns after it. */
export function messagesOf(conversation: Conversation | undefined): readonly string[] {
  const { snapshot, replay = [] } = conversation ?? {};
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const before = snapshot === undefined ? [] : text(snapshot.state).split(" ");
  return [...before, ...replay.map(({ input }) => text(input))];
}
