/** What is found at an address; undefined: nobody answers. */
export interface FoundReplica {
  readonly serverId: string;
  readonly state: string;
}

/** A replica that another system starts and ends, known by its address. */
export interface RemoteMember {
  readonly host: string;
  readonly httpPort: number;
  readonly grpcPort: number;
  /** What it calls itself; undefined: it has not answered yet, and is no replica of the fleet so far. */
  readonly id: string | undefined;
  /** Counts the processes that were seen at its address. */
  readonly life: number;
  readonly joined: boolean;
  readonly draining: boolean;
  /** Its drain is over: nobody answers at its address any more. */
  readonly ended: boolean;
  readonly firstSeenMs: number;
  /** Since when its name does not lead to it any more. */
  readonly goneSinceMs: number | undefined;
}

export type RemoteAddress = Pick<RemoteMember, "host" | "httpPort" | "grpcPort">;

/** By the member's address. */
export type RemoteMembers = ReadonlyMap<string, RemoteMember>;

/** Those that start together join together: each change of the membership moves conversations. */
const JOIN_WAIT_MS = 30_000;
/** One that comes back to its address within this time finds its place in the ring. */
const GONE_MS = 30_000;

export function keyOf({ host, httpPort }: RemoteAddress): string {
  return `${host} ${httpPort}`;
}

/** The members after a look at all addresses that the names lead to. */
export function nextMembers(
  before: RemoteMembers,
  seen: readonly { readonly address: RemoteAddress; readonly found: FoundReplica | undefined }[],
  now: number,
): RemoteMembers {
  const after = new Map<string, RemoteMember>();
  for (const { address, found } of seen) {
    after.set(keyOf(address), present(before.get(keyOf(address)), { address, found, now }));
  }
  const ids = new Set([...after.values()].map(({ id }) => id));
  for (const [key, member] of before) {
    if (after.has(key) || !member.joined) continue;
    const goneSinceMs = member.goneSinceMs ?? now;
    // Re-created, it has its name and another address.
    if (ids.has(member.id) || now - goneSinceMs >= GONE_MS) continue;
    after.set(key, { ...member, goneSinceMs });
  }
  return withJoined(after, now);
}

function present(
  known: RemoteMember | undefined,
  look: {
    readonly address: RemoteAddress;
    readonly found: FoundReplica | undefined;
    readonly now: number;
  },
): RemoteMember {
  const { address, found, now } = look;
  const isReady = found?.state === "ready";
  const fresh = {
    joined: false,
    draining: false,
    ended: false,
    firstSeenMs: now,
    goneSinceMs: undefined,
  };
  if (known === undefined || (isReady && known.id !== undefined && known.id !== found.serverId)) {
    const id = isReady ? found.serverId : undefined;
    return { ...address, ...fresh, id, life: (known?.life ?? 0) + 1 };
  }
  if (!isReady) {
    const ended = known.ended || (known.draining && found === undefined);
    return { ...known, draining: known.draining || found?.state === "draining", ended };
  }
  // Nobody comes back from a drain or from nowhere: it is another process.
  const isNew = known.draining || known.goneSinceMs !== undefined;
  const life = known.life + (isNew ? 1 : 0);
  return {
    ...known,
    id: found.serverId,
    life,
    draining: false,
    ended: false,
    goneSinceMs: undefined,
  };
}

function withJoined(members: RemoteMembers, now: number): RemoteMembers {
  const isAwaited = [...members.values()].some(
    ({ id, firstSeenMs }) => id === undefined && now - firstSeenMs < JOIN_WAIT_MS,
  );
  if (isAwaited) return members;
  return new Map(
    [...members].map(([key, member]) => [key, { ...member, joined: member.id !== undefined }]),
  );
}
