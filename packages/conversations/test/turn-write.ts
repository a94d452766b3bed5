import type { ConversationId, TurnWrite } from "../src/session-store.ts";

/** A turn to write, told by what matters to a test: `turnWrite({ n: 2, expectedVersion: "v1" })` makes version "v2". */
export function turnWrite(given: {
  readonly n: number;
  readonly expectedVersion: string | null;
  readonly id?: ConversationId;
  readonly key?: string;
  readonly newVersion?: string;
  readonly input?: string;
  readonly answer?: string | Uint8Array;
  readonly snapshot?: string | Uint8Array;
  readonly at?: number;
}): TurnWrite {
  const { n, expectedVersion, id = conversation("anna"), snapshot } = given;
  return {
    id,
    expectedVersion,
    newVersion: given.newVersion ?? `v${n}`,
    turn: {
      n,
      key: given.key ?? `key ${n}`,
      bodyHash: `hash ${n}`,
      input: bytes(given.input ?? `input ${n}`),
      answer: bytes(given.answer ?? `answer ${n}`),
    },
    ...(snapshot === undefined ? {} : { snapshot: bytes(snapshot) }),
    at: given.at ?? n,
    serverId: "server-1",
  };
}

/** A conversation's first turns, one after the other: versions "v1", "v2", … */
export function turnWrites(
  count: number,
  more: (n: number) => Partial<Parameters<typeof turnWrite>[0]> = () => ({}),
): readonly TurnWrite[] {
  return Array.from({ length: count }, (_, index) =>
    turnWrite({
      n: index + 1,
      expectedVersion: index === 0 ? null : `v${index}`,
      ...more(index + 1),
    }),
  );
}

export const FIRST = turnWrite({ n: 1, expectedVersion: null });
export const SECOND = turnWrite({ n: 2, expectedVersion: "v1" });

export function conversation(session: string, model = "chat"): ConversationId {
  return { model, session };
}

export function bytes(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? new Uint8Array(Buffer.from(content)) : content;
}
