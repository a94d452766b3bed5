import { noRoom, tooManyConversations, unreplayable } from "./judge-write.ts";
import type { RedisArgument, RedisConnection } from "./redis-connection.ts";
import {
  type ConversationId,
  type ConversationSummary,
  LIST_LIMIT,
  type StoredTurn,
  type StoreLimits,
  type StoreOperations,
  type TurnWrite,
  type WriteResult,
} from "./session-store.ts";
import type { StoreRequest } from "./store-from.ts";

/** Rejects as the connection does. */
export async function performOnRedis(
  connection: RedisConnection,
  { operation, argument }: StoreRequest,
  limits: StoreLimits,
): Promise<unknown> {
  const { args, read } = OPERATIONS[operation] as Operation<unknown, unknown>;
  return read((await connection.run(operation, args(argument, limits))) as never, argument, limits);
}

/** A call of the store as a run of the script of its name. */
interface Operation<Argument, Value> {
  args(argument: Argument, limits: StoreLimits): readonly RedisArgument[];
  /** What the script gave, as redis-scripts.ts has it. */
  read(reply: never, argument: Argument, limits: StoreLimits): Value;
}

type Operations = {
  readonly [Name in keyof StoreOperations]: Operation<
    Parameters<StoreOperations[Name]>[0],
    ReturnType<StoreOperations[Name]>
  >;
};

type SummaryReply = readonly [
  member: Buffer,
  turns: Buffer,
  createdAt: Buffer,
  lastUsedAt: Buffer,
  serverId: Buffer,
  stateBytes: number,
];
type TurnReply = readonly [n: Buffer, bodyHash: Buffer, answer: Buffer];
type LoadReply = readonly [
  summary: SummaryReply,
  version: Buffer,
  snapshotTurn: Buffer,
  state: Buffer | null,
  replay: readonly (readonly [n: number, input: Buffer, answer: Buffer])[],
];
type WriteReply = readonly [status: Buffer, turn?: TurnReply];

const OPERATIONS: Operations = {
  load: {
    args: (id) => [memberOf(id)],
    read(reply: LoadReply | null) {
      if (reply === null) return undefined;
      const [summary, version, snapshotTurn, state, replay] = reply;
      return {
        ...summaryOf(summary),
        version: String(version),
        snapshot: state === null ? undefined : { turn: Number(snapshotTurn), state: own(state) },
        replay: replay.map(([n, input, answer]) => ({ n, input: own(input), answer: own(answer) })),
      };
    },
  },
  commit: {
    args: (writes, { conversationsLimit, bytesLimit }) => [
      conversationsLimit,
      bytesLimit,
      ...writes.flatMap(argumentsOf),
    ],
    read: (replies: readonly WriteReply[], writes, limits) =>
      writes.map((write, position) => resultOf(replies[position], write, limits)),
  },
  findTurn: {
    args: ({ id, key }) => [memberOf(id), key],
    read: (reply: TurnReply | null) => (reply === null ? undefined : turnOf(reply)),
  },
  describe: {
    args: (id) => [memberOf(id)],
    read: (reply: SummaryReply | null) => (reply === null ? undefined : summaryOf(reply)),
  },
  list: {
    args({ model, limit, after }) {
      const first = model === undefined ? "-" : `[${model}\0`;
      const last = model === undefined ? "+" : `(${model}\x01`;
      return [
        after === undefined ? first : `(${memberOf(after)}`,
        last,
        Math.min(limit, LIST_LIMIT),
      ];
    },
    read: (replies: readonly SummaryReply[]) => replies.map(summaryOf),
  },
  end: {
    args: (id) => [memberOf(id)],
    read: (ended: number) => ended === 1,
  },
  expire: {
    args: ({ usedBefore, limit }) => [usedBefore, limit],
    read: (ended: number, { limit }) => ({ ended, more: ended === limit }),
  },
};

function memberOf({ model, session }: ConversationId): string {
  return `${model}\0${session}`;
}

function argumentsOf(write: TurnWrite): readonly RedisArgument[] {
  const { id, expectedVersion, newVersion, turn, at, serverId, snapshot } = write;
  return [
    memberOf(id),
    expectedVersion ?? "",
    newVersion,
    turn.n,
    turn.key,
    turn.bodyHash,
    buffer(turn.input),
    buffer(turn.answer),
    at,
    serverId,
    snapshot === undefined ? 0 : 1,
    snapshot === undefined ? "" : buffer(snapshot),
  ];
}

function resultOf(
  reply: WriteReply | undefined,
  { turn }: TurnWrite,
  { conversationsLimit, bytesLimit }: StoreLimits,
): WriteResult {
  const [status, applied] = reply ?? [];
  switch (String(status)) {
    case "written":
      return { status: "written" };
    case "conflict":
      return { status: "conflict" };
    case "applied":
      if (applied !== undefined) return { status: "applied", turn: turnOf(applied) };
      break;
    case "unreplayable":
      return unreplayable(turn.n);
    case "tooMany":
      return tooManyConversations(conversationsLimit);
    case "noRoom":
      return noRoom(bytesLimit);
  }
  throw new Error(`the script that commits turns said ${String(status)}`);
}

function turnOf([n, bodyHash, answer]: TurnReply): StoredTurn {
  return { n: Number(n), bodyHash: String(bodyHash), answer: own(answer) };
}

function summaryOf(reply: SummaryReply): ConversationSummary {
  const [member, turns, createdAt, lastUsedAt, serverId, stateBytes] = reply;
  const [model = "", session = ""] = String(member).split("\0");
  return {
    id: { model, session },
    turns: Number(turns),
    createdAt: Number(createdAt),
    lastUsedAt: Number(lastUsedAt),
    stateBytes,
    serverId: String(serverId),
  };
}

/** A view, not a copy. */
function buffer({ buffer: bytes, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(bytes, byteOffset, byteLength);
}

/** A copy: a reply's buffers are views of whatever came with it. */
function own(bytes: Buffer): Uint8Array {
  return new Uint8Array(bytes);
}
