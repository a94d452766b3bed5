import type { Wire } from "./wire.ts";

export interface LeanConnection {
  /** When its open request was due; undefined: it is free. */
  readonly dueMs: number | undefined;
  /** False: it is of no use any more. */
  send(turn: number, dueMs: number): boolean;
  close(): void;
}

export interface LeanEvents {
  answered(connection: LeanConnection, good: boolean, dueMs: number): void;
  /** It is of no use any more; `dueMs`: of the request that was open. */
  ended(connection: LeanConnection, dueMs: number | undefined): void;
}

/** One connection that costs as little as it can: of an answer it looks at the status and the end. */
export async function openLean(
  wire: Wire,
  address: string,
  events: LeanEvents,
): Promise<LeanConnection> {
  const [hostname = "", port = ""] = address.split(":");
  const reader = wire.createReader();
  let sent = 0;
  let dueMs: number | undefined;
  let ended = false;
  let socket: Bun.Socket<undefined> | undefined;
  const end = () => {
    if (ended) return;
    ended = true;
    socket?.terminate();
    events.ended(connection, dueMs);
  };
  const write = (bytes: Uint8Array) => {
    // Requests are small, and nothing else is on its way: what does not fit at once is lost.
    if ((socket?.write(bytes) ?? 0) < bytes.length) end();
  };
  const connection: LeanConnection = {
    get dueMs() {
      return dueMs;
    },
    send(turn, due) {
      if (ended) return false;
      dueMs = due;
      write(wire.encode(turn, sent++));
      return true;
    },
    close() {
      ended = true;
      socket?.terminate();
    },
  };
  socket = await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      data(_, bytes) {
        const outcome = reader.read(bytes);
        const reply = reader.takeReply();
        if (reply !== undefined) write(reply);
        const due = dueMs;
        if (outcome !== "pending") dueMs = undefined;
        if (reader.closing && dueMs === undefined) end();
        if (outcome !== "pending" && due !== undefined)
          events.answered(connection, outcome === "good", due);
      },
      close: end,
      error: end,
    },
  });
  if (wire.greeting.length > 0) write(wire.greeting);
  return connection;
}
