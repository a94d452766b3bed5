import { failed, type Outcome, success } from "@flotilla/common/failure";
import type { ConversationMemory, Remembered } from "./conversation-memory.ts";
import type { ConversationObserver } from "./conversations.ts";
import { damaged, restoreState } from "./restore-state.ts";
import { KEPT_TURNS, type SessionStore, type StoredTurn } from "./session-store.ts";
import { storeFailed, storeRefused } from "./store-failed.ts";
import type { TakenTurn, Turn, TurnModel } from "./turn.ts";

/** Where a turn is taken: a replica, its memory, and the store that it shares with the others. */
export interface Place<Input, State, Answer> {
  readonly store: SessionStore;
  readonly model: TurnModel<Input, State, Answer>;
  readonly memory: ConversationMemory<State>;
  readonly serverId: string;
  readonly observer: ConversationObserver;
  /** Fresh and random at each call. */
  readonly newVersion: () => string;
  readonly now: () => number;
}

/** A turn that loses against another replica's is taken again on the winner's state, so often in all. */
const TRIES = 3;
/** A state of up to so many bytes is written with every turn; larger ones now and then, and the rest is replayed. */
const SMALL_STATE_BYTES = 64 * 1024;
const LARGE_STATE_TURNS = 16;

/**
 * Takes a turn: its answer leaves when it is in the store, where it is written on the condition that nobody wrote
 * since. So a replica with an old memory cannot fork a conversation, and a turn counts once, whoever is killed or
 * asked again.
 */
export async function takeTurn<Input, State, Answer>(
  place: Place<Input, State, Answer>,
  turn: Turn<Input>,
): Promise<Outcome<TakenTurn<Answer>>> {
  const progress: Progress = {
    storeMs: 0,
    loaded: false,
    seenTurns: undefined,
    restoredFromTurn: undefined,
  };
  let { onToken } = turn;
  // Once more than there may be conflicts: for an expected turn, an old memory may first have to be given up.
  for (let tries = 0; tries <= TRIES; tries++) {
    const tried = await tryTurn(place, { ...turn, onToken }, progress);
    if (!tried.ok) return tried;
    if (tried.value !== "again") {
      const { storeMs, loaded, restoredFromTurn } = progress;
      if (!loaded) place.observer.hit();
      return success({ ...tried.value, restoredFromTurn, storeMs });
    }
    // What was streamed cannot be taken back; the whole answer comes at the end.
    onToken = undefined;
  }
  const why = `other replicas wrote to this conversation ${TRIES} times meanwhile`;
  return failed("turn-conflict", `${why}; mend: send one turn at a time`);
}

type Tried<Answer> = Pick<TakenTurn<Answer>, "turn" | "answer" | "repeated"> | "again";

/** What becomes known over the tries of one turn. */
interface Progress {
  storeMs: number;
  /** This replica's memory was not there, or was outdated. */
  loaded: boolean;
  /** The most turns that this replica saw written, of a memory that it gave up. */
  seenTurns: number | undefined;
  restoredFromTurn: number | undefined;
}

interface Recalled<State> extends Remembered<State> {
  /** Just loaded from the store. */
  readonly fresh: boolean;
}

async function tryTurn<Input, State, Answer>(
  place: Place<Input, State, Answer>,
  turn: Turn<Input>,
  progress: Progress,
): Promise<Outcome<Tried<Answer>>> {
  const recalled = await recall(place, turn, progress);
  if (!recalled.ok) return recalled;
  const known = await findRepeated(place, { turn, recalled: recalled.value, progress });
  if (!known.ok) return known;
  if (known.value !== undefined) return repeated(place, turn, known.value);
  const n = (recalled.value?.turns ?? 0) + 1;
  const { expectedTurn = n } = turn;
  if (expectedTurn !== n) {
    // Another replica may have gone on; what the store says is final.
    if (recalled.value?.fresh === false) return again(place, turn, progress);
    const detail = `this would be turn ${n} of the conversation, not ${expectedTurn}`;
    return failed("turn-conflict", detail);
  }
  const ran = await place.model.run({ ...turn, state: recalled.value?.state });
  return ran.ok
    ? await write(place, { turn, progress, before: recalled.value, n, ...ran.value })
    : ran;
}

/** From this replica's memory, else from the store: its snapshot, and the turns after it run again. */
async function recall<Input, State, Answer>(
  { store, model, memory, observer, serverId }: Place<Input, State, Answer>,
  { id, deadlineMs, signal }: Turn<Input>,
  progress: Progress,
): Promise<Outcome<Recalled<State> | undefined>> {
  const remembered = memory.recall(id);
  if (remembered !== undefined) return success({ ...remembered, fresh: false });
  progress.loaded = true;
  const loaded = await timed(progress, () => store.load(id));
  if (!loaded.ok) return storeFailed(loaded.failure);
  const stored = loaded.value;
  const turns = stored?.turns ?? 0;
  if (turns < (progress.seenTurns ?? 0)) progress.restoredFromTurn = turns;
  if (stored === undefined) return success(undefined);
  observer.restored(memory.whyMissing(id, stored.serverId === serverId));
  const replayed = await restoreState(model, stored, { id, deadlineMs, signal });
  if (!replayed.ok) return replayed;
  const state = replayed.value;
  const bytes = model.state.bytes(state);
  const restored = {
    version: stored.version,
    turns,
    state,
    bytes,
    snapshotTurn: stored.snapshot?.turn ?? 0,
    keys: new Set<string>(),
  };
  memory.remember(id, restored);
  return success({ ...restored, fresh: true });
}

/**
 * Memory knows the keys that it saw. Of a conversation that was just loaded the store is asked, for this may well be
 * a turn that is repeated because its replica died. What both miss, the write itself finds.
 */
async function findRepeated<Input, State, Answer>(
  { store }: Place<Input, State, Answer>,
  {
    turn: { id, key },
    recalled,
    progress,
  }: {
    readonly turn: Turn<Input>;
    readonly recalled: Recalled<State> | undefined;
    readonly progress: Progress;
  },
): Promise<Outcome<StoredTurn | undefined>> {
  if (recalled === undefined || !(recalled.fresh || recalled.keys.has(key))) {
    return success(undefined);
  }
  const found = await timed(progress, () => store.findTurn({ id, key }));
  return found.ok ? success(found.value) : storeFailed(found.failure);
}

async function write<Input, State, Answer>(
  place: Place<Input, State, Answer>,
  ran: {
    readonly turn: Turn<Input>;
    readonly progress: Progress;
    readonly before: Remembered<State> | undefined;
    readonly n: number;
    readonly answer: Answer;
    readonly state: State;
  },
): Promise<Outcome<Tried<Answer>>> {
  const { store, model, memory, serverId } = place;
  const { turn, progress, before, n, answer, state } = ran;
  const { id, key, bodyHash } = turn;
  const bytes = model.state.bytes(state);
  const version = place.newVersion();
  const turnsSince = n - (before?.snapshotTurn ?? 0);
  const withSnapshot = bytes <= SMALL_STATE_BYTES || turnsSince >= LARGE_STATE_TURNS;
  const committed = await timed(progress, () =>
    store.commit([
      {
        id,
        expectedVersion: before?.version ?? null,
        newVersion: version,
        turn: {
          n,
          key,
          bodyHash,
          input: model.input.encode(turn.input),
          answer: model.answer.encode(answer),
        },
        ...(withSnapshot ? { snapshot: model.state.encode(state) } : {}),
        at: place.now(),
        serverId,
      },
    ]),
  );
  if (!committed.ok) {
    if (committed.failure.mayBeApplied) memory.forget(id);
    return storeFailed(committed.failure);
  }
  const [result] = committed.value;
  switch (result?.status) {
    case "written": {
      const keys = new Set([...(before?.keys ?? []), key].slice(-KEPT_TURNS));
      const snapshotTurn = withSnapshot ? n : (before?.snapshotTurn ?? 0);
      memory.remember(id, { version, turns: n, state, bytes, snapshotTurn, keys });
      return success({ turn: n, answer, repeated: false });
    }
    case "applied":
      memory.forget(id);
      return repeated(place, turn, result.turn);
    case "conflict":
      place.observer.conflict();
      return again(place, turn, progress);
    case "refused":
      return storeRefused(result.detail);
    default:
      throw new Error("the store left a write without a result");
  }
}

function repeated<Input, State, Answer>(
  { model, observer }: Place<Input, State, Answer>,
  { bodyHash }: Turn<Input>,
  stored: StoredTurn,
): Outcome<Tried<Answer>> {
  if (stored.bodyHash !== bodyHash) {
    const what = "this idempotency key came with another message of this conversation";
    return failed("key-reused", `${what}; mend: a new key for a new message`);
  }
  const answer = model.answer.decode(stored.answer);
  if (answer === undefined) return damaged();
  observer.repeated();
  return success({ turn: stored.n, answer, repeated: true });
}

function again<Input, State, Answer>(
  { memory }: Place<Input, State, Answer>,
  { id }: Turn<Input>,
  progress: Progress,
): Outcome<Tried<Answer>> {
  progress.seenTurns = Math.max(progress.seenTurns ?? 0, memory.recall(id)?.turns ?? 0);
  memory.forget(id);
  return success("again");
}

async function timed<T>(progress: Progress, ask: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const answer = await ask();
  progress.storeMs += performance.now() - start;
  return answer;
}
