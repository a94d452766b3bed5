import { type LeanConnection, openLean } from "./lean-connection.ts";
import type { Wire } from "./wire.ts";

export interface LeanPool {
  /** Sends request `turn` on a free connection; false: there is none. */
  send(turn: number, dueMs: number): boolean;
  hasFree(): boolean;
  /** When the requests that are open were due. */
  openSince(): readonly number[];
  close(): void;
}

export interface PoolEvents {
  good(dueMs: number): void;
  /** A bad answer, or a connection that was lost or not to be had. */
  failed(): void;
  /** A connection is free. */
  free(): void;
}

const RECONNECT_MS = 20;

/** So many connections, all open before anything is asked; one that ends is replaced. */
export async function openPool(
  options: { readonly wire: Wire; readonly address: string; readonly connections: number },
  events: PoolEvents,
): Promise<LeanPool> {
  const { wire, address, connections } = options;
  const all = new Set<LeanConnection>();
  // The one that was used last is used next, as pools of clients do.
  const free: LeanConnection[] = [];
  let closed = false;

  const open = async () => {
    const connection = await openLean(wire, address, {
      answered(from, good, dueMs) {
        if (good) events.good(dueMs);
        else events.failed();
        free.push(from);
        events.free();
      },
      ended(from, dueMs) {
        all.delete(from);
        if (dueMs !== undefined) events.failed();
        void replace();
      },
    });
    all.add(connection);
    free.push(connection);
  };
  const replace = async (): Promise<void> => {
    await Bun.sleep(RECONNECT_MS);
    if (closed) return;
    try {
      await open();
      events.free();
    } catch {
      events.failed(); // a server that is away fails what would have been asked
      void replace();
    }
  };

  await Promise.all(Array.from({ length: connections }, open));
  return {
    send(turn, dueMs) {
      for (let one = free.pop(); one !== undefined; one = free.pop()) {
        if (one.send(turn, dueMs)) return true;
      }
      return false;
    },
    hasFree: () => free.length > 0,
    openSince: () => [...all].flatMap(({ dueMs }) => dueMs ?? []),
    close() {
      closed = true;
      for (const connection of all) connection.close();
    },
  };
}
