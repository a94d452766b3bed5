import type { Database } from "bun:sqlite";
import { judgeWrite, noRoom, type StoredVersion, tooManyConversations } from "./judge-write.ts";
import { placesOfKey, withKey } from "./recent-keys.ts";
import {
  type ConversationId,
  type ConversationSummary,
  KEPT_TURNS,
  LIST_LIMIT,
  type ReplayTurn,
  type StoredTurn,
  type StoreLimits,
  type StoreOperations,
  type TurnWrite,
  type WriteResult,
} from "./session-store.ts";

/** A slice of an expiry holds the write lock for about this long. */
const EXPIRY_SLICE_MS = 5;

/** The operations on the tables of sqlite-file.ts; whoever calls them has begun a transaction. */
export function sqliteOperations(db: Database, limits: StoreLimits): StoreOperations {
  const sql = prepare(db);
  const find = (id: ConversationId) => sql.find.get(id.model, id.session) ?? undefined;
  return {
    load(id) {
      const found = find(id);
      if (found === undefined) return undefined;
      const { row, version, snapshotTurn } = found;
      const state = sql.state.get(row)?.state;
      return {
        ...summaryOf(found),
        version,
        snapshot: state && { turn: snapshotTurn, state },
        replay: sql.replay.all(...slotsOf(row), snapshotTurn),
      };
    },
    commit: (writes) => writes.map((write) => writeOne(sql, limits, write)),
    findTurn({ id, key }) {
      const found = find(id);
      return found && findTurn(sql, found, key);
    },
    describe(id) {
      const found = find(id);
      return found && summaryOf(found);
    },
    list({ model, limit, after }) {
      const page = Math.min(limit, LIST_LIMIT);
      const { session, ...from } = after ?? { model: "", session: "" };
      const rows =
        model === undefined
          ? sql.list.all(from.model, session, page)
          : sql.listModel.all(model, session, page);
      return rows.map(summaryOf);
    },
    end(id) {
      const found = find(id);
      if (found !== undefined) endOne(sql, found.row);
      return found !== undefined;
    },
    expire({ usedBefore, limit }) {
      const stop = performance.now() + EXPIRY_SLICE_MS;
      let ended = 0;
      for (const { row } of sql.idle.all(usedBefore, limit)) {
        endOne(sql, row);
        ended += 1;
        if (performance.now() > stop) return { ended, more: true };
      }
      return { ended, more: ended === limit };
    },
  };
}

type Statements = ReturnType<typeof prepare>;

function writeOne(sql: Statements, limits: StoreLimits, write: TurnWrite): WriteResult {
  const { id, turn } = write;
  const before = sql.find.get(id.model, id.session) ?? undefined;
  const applied = before && findTurn(sql, before, turn.key);
  if (applied !== undefined) return { status: "applied", turn: applied };
  const judged = judgeWrite(write, before) ?? (before ? undefined : judgeNew(sql, limits));
  if (judged !== undefined) return judged;
  if (before === undefined) sql.count.run(1);
  advance(sql, write, before);
  return { status: "written" };
}

function findTurn(
  sql: Statements,
  { row, keys }: ConversationRow,
  key: string,
): StoredTurn | undefined {
  const [first] = slotsOf(row);
  for (const place of placesOfKey(keys, key)) {
    const turn = sql.turn.get(first + place, key);
    if (turn !== null) return turn;
  }
  return undefined;
}

function judgeNew(sql: Statements, limits: StoreLimits): WriteResult | undefined {
  const { conversationsLimit, bytesLimit } = limits;
  const count = sql.total.get()?.conversations ?? 0;
  if (count >= conversationsLimit) return tooManyConversations(conversationsLimit);
  const bytes = sql.usedBytes.get()?.bytes ?? 0;
  return bytes > bytesLimit * 0.9 ? noRoom(bytesLimit) : undefined;
}

function advance(sql: Statements, write: TurnWrite, before: ConversationRow | undefined): void {
  const { id, newVersion, turn, snapshot, at, serverId } = write;
  const { n, key, bodyHash, input, answer } = turn;
  const stateBytes = snapshot?.length ?? null;
  const snapshotBefore = before?.snapshotTurn ?? 0;
  const snapshotTurn = snapshot === undefined ? snapshotBefore : n;
  const keys = withKey(before?.keys, turn);
  const advanced = { ...id, version: newVersion, n, at, serverId, snapshotTurn, stateBytes, keys };
  const written = sql.advance.get(advanced);
  if (written === null) throw new Error("an upsert returned no row");
  const { row } = written;
  if (snapshot !== undefined) {
    sql.putSnapshot.run(row, snapshot);
    // Nobody replays what the snapshot has.
    if (snapshotBefore < n - 1) sql.dropInputs.run(...slotsOf(row));
  }
  // The slot's former turn has left the window: replacing it is all the pruning there is.
  const [first] = slotsOf(row);
  const kept = snapshot === undefined ? input : null;
  sql.putTurn.run(first + (n % KEPT_TURNS), n, key, bodyHash, kept, answer);
}

function endOne(sql: Statements, row: number): void {
  sql.dropTurns.run(...slotsOf(row));
  sql.dropSnapshot.run(row);
  sql.drop.run(row);
  sql.count.run(-1);
}

function prepare(db: Database) {
  const slots = "WHERE slot BETWEEN ? AND ?";
  const summary = "model, session, turns, createdAt, lastUsedAt, stateBytes, serverId";
  return {
    find: db.query<ConversationRow, [string, string]>(
      `SELECT id AS row, version, snapshotTurn, keys, ${summary} FROM conversations WHERE model = ? AND session = ?`,
    ),
    state: db.query<{ readonly state: Uint8Array }, [number]>(
      "SELECT state FROM snapshots WHERE conversation = ?",
    ),
    replay: db.query<ReplayTurn, [number, number, number]>(
      `SELECT n, input, answer FROM turns ${slots} AND n > ? ORDER BY n`,
    ),
    turn: db.query<StoredTurn, [number, string]>(
      "SELECT n, bodyHash, answer FROM turns WHERE slot = ? AND key = ?",
    ),
    list: db.query<SummaryRow, [string, string, number]>(
      `SELECT ${summary} FROM conversations WHERE (model, session) > (?, ?) ORDER BY model, session LIMIT ?`,
    ),
    listModel: db.query<SummaryRow, [string, string, number]>(
      `SELECT ${summary} FROM conversations WHERE model = ? AND session > ? ORDER BY session LIMIT ?`,
    ),
    idle: db.query<Row, [number, number]>(
      "SELECT id AS row FROM conversations WHERE lastUsedAt < ? ORDER BY lastUsedAt LIMIT ?",
    ),
    total: db.query<{ readonly conversations: number }, []>("SELECT conversations FROM totals"),
    count: db.query<never, [number]>("UPDATE totals SET conversations = conversations + ?"),
    usedBytes: db.query<{ readonly bytes: number }, []>(
      `SELECT (page_count - freelist_count) * page_size AS bytes
       FROM pragma_page_count, pragma_freelist_count, pragma_page_size`,
    ),
    advance: db.query<Row, Record<string, string | number | Uint8Array | null>>(
      `INSERT INTO conversations (model, session, version, turns, createdAt, lastUsedAt, serverId, snapshotTurn, stateBytes, keys)
       VALUES ($model, $session, $version, $n, $at, $at, $serverId, $snapshotTurn, coalesce($stateBytes, 0), $keys)
       ON CONFLICT (model, session) DO UPDATE SET version = $version, turns = $n, lastUsedAt = $at,
         serverId = $serverId, snapshotTurn = $snapshotTurn, stateBytes = coalesce($stateBytes, stateBytes), keys = $keys
       RETURNING id AS row`,
    ),
    putTurn: db.query<never, [number, number, string, string, Uint8Array | null, Uint8Array]>(
      "INSERT OR REPLACE INTO turns (slot, n, key, bodyHash, input, answer) VALUES (?, ?, ?, ?, ?, ?)",
    ),
    putSnapshot: db.query<never, [number, Uint8Array]>(
      "INSERT OR REPLACE INTO snapshots (conversation, state) VALUES (?, ?)",
    ),
    dropInputs: db.query<never, [number, number]>(
      `UPDATE turns SET input = NULL ${slots} AND input NOT NULL`,
    ),
    dropTurns: db.query<never, [number, number]>(`DELETE FROM turns ${slots}`),
    dropSnapshot: db.query<never, [number]>("DELETE FROM snapshots WHERE conversation = ?"),
    drop: db.query<never, [number]>("DELETE FROM conversations WHERE id = ?"),
  };
}

interface Row {
  readonly row: number;
}

function slotsOf(row: number): [first: number, last: number] {
  return [row * KEPT_TURNS, row * KEPT_TURNS + KEPT_TURNS - 1];
}

type SummaryRow = Omit<ConversationSummary, "id"> & ConversationId;

interface ConversationRow extends StoredVersion, SummaryRow, Row {
  readonly keys: Uint8Array;
}

function summaryOf({ model, session, turns, ...rest }: SummaryRow): ConversationSummary {
  const { createdAt, lastUsedAt, stateBytes, serverId } = rest;
  return { id: { model, session }, turns, createdAt, lastUsedAt, stateBytes, serverId };
}
