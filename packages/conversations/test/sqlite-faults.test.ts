import { Database } from "bun:sqlite";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { closeSync, openSync, writeSync } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { waitUntil } from "@flotilla/testkit/wait-until";
import type { SessionStore, StoreOutcome, TurnWrite } from "../src/session-store.ts";
import { decodeState, encodeState } from "../src/state-codec.ts";
import { mayMount, mountDisk } from "./mount-disk.ts";
import { atOnce, failure, up } from "./store-states.ts";
import { answered, NO_LIMITS, testFile } from "./test-store.ts";
import { conversation, FIRST, SECOND, turnWrite, turnWrites } from "./turn-write.ts";

setDefaultTimeout(120_000);

const ANNA = conversation("anna");
const WRITTEN = { status: "written" } as const;

/** Long enough for a thread to start on a busy machine. */
const TIMEOUT_MS = 1_000;

/** A thread in place of the store's own: it does this with requests, and is well whenever it is asked. */
function script(onRun: string): string {
  const source = `self.onmessage = ({ data }) => {
    if (data.type === "run") { ${onRun} }
    if (data.type === "open" || data.type === "probe") self.postMessage({ outcomes: [], trouble: undefined });
    if (data.type === "close") process.exit();
  };`;
  return URL.createObjectURL(new Blob([source]));
}

describe("a store that does not answer in time", () => {
  test("never runs what it had not begun", async () => {
    await using file = await testFile();
    const store = file.open({
      timeoutMs: TIMEOUT_MS,
      script: new URL("./slow-sqlite-worker.ts", import.meta.url).href,
    });
    const outcomes = await Promise.all([store.commit([FIRST]), store.commit([SECOND])]);

    const late = failure("timeout", "no answer within 1000 ms; mend: ");
    expect(outcomes).toEqual([late, late]);
    const loaded = await waitUntil("it answers", async () => {
      const outcome = await store.load(ANNA);
      return outcome.ok && outcome;
    });
    expect(loaded.value).toBeUndefined();
  });

  test("says of what it had begun that it may be applied", async () => {
    await using file = await testFile();
    const begin = script("data.claims.fill(1)");
    const store = file.open({ timeoutMs: TIMEOUT_MS, script: begin });

    expect(await store.commit([FIRST])).toEqual(failure("timeout", "", true));
  });

  test("refuses further calls at once", async () => {
    await using file = await testFile();
    const store = file.open({ timeoutMs: TIMEOUT_MS, script: script("") });
    await store.load(ANNA);
    await waitUntil("it is down", () => store.health().state === "down");

    expect(await atOnce(store.load(ANNA))).toEqual(failure("timeout", ""));
    expect(store.health()).toMatchObject({ failure: { reason: "timeout" } });
  });

  test("lets no more calls wait than its limit", async () => {
    await using file = await testFile();
    const store = file.open({ timeoutMs: TIMEOUT_MS, waitingLimit: 2, script: script("") });
    // One is with the thread, two wait.
    const waiting = [1, 2, 3].map(() => store.load(ANNA));

    expect(await atOnce(store.load(ANNA))).toEqual(
      failure("busy", "2 calls wait for it, its limit"),
    );
    await Promise.all(waiting);
  });

  test("whose thread dies fails what it was at, and takes another thread", async () => {
    await using file = await testFile();
    const store = file.open({ script: script("process.exit()") });

    expect(await store.commit([FIRST])).toEqual(failure("unavailable", "its thread died", true));
    await up(store);
  });
});

describe("a file that another process keeps locked", () => {
  test("is said to be locked, and written again when it no longer is", async () => {
    await using file = await testFile();
    const store = file.open({ timeoutMs: 2_000 });
    await answered(store.commit([FIRST]));
    using other = new Database(file.path);
    other.run("BEGIN IMMEDIATE");

    expect(await store.commit([SECOND])).toEqual(
      failure("locked", "another process keeps it locked; mend: "),
    );
    expect(await atOnce(store.commit([SECOND]))).toEqual(failure("locked", ""));
    other.run("ROLLBACK");
    await up(store);
    expect(await answered(store.commit([SECOND]))).toEqual([WRITTEN]);
  });

  test("only by its reader is written, as long as the log is not too long", async () => {
    await using file = await testFile();
    const store = file.open({ timeoutMs: 2_000 });
    await answered(store.commit([FIRST]));
    using reader = new Database(file.path);
    reader.run("BEGIN");
    reader.query("SELECT * FROM conversations").all();

    const written = await writeUntilRefused(store);
    expect(written.refused).toEqual(failure("locked", "another process keeps it locked"));
    expect(written.count).toBeGreaterThan(50);
    reader.run("COMMIT");
    await up(store);
    expect((await answered(store.load(ANNA)))?.turns).toBe(written.count);
    await waitUntil(
      "the log is emptied",
      async () => (await stat(`${file.path}-wal`)).size < 2 ** 23,
    );
  });
});

/** Turns of a mebibyte each, after the first, of up to 200. */
async function writeUntilRefused(store: SessionStore) {
  const state = new Uint8Array(2 ** 20);
  for (let n = 2; n < 200; n++) {
    const write = turnWrite({ n, expectedVersion: `v${n - 1}`, snapshot: state });
    const refused = await store.commit([write]);
    if (!refused.ok) return { count: n - 1, refused };
  }
  throw new Error("200 turns were written");
}

describe("a full store", () => {
  test("refuses turns, gives what it has, and goes on when conversations have been ended", async () => {
    await using file = await testFile();
    const store = file.open({ limits: { ...NO_LIMITS, bytesLimit: 300_000 } });
    const bert = conversation("bert");
    const begin = turnWrite({
      n: 1,
      expectedVersion: null,
      id: bert,
      answer: new Uint8Array(100_000),
    });
    await answered(store.commit([begin]));
    const writes = turnWrites(60, () => ({ answer: new Uint8Array(10_000) }));
    const { count, refused } = await writeEach(store, writes);

    expect(refused).toEqual(failure("full", "its disk is full, or its limit is reached; mend: "));
    expect(store.health()).toMatchObject({ state: "down", failure: { reason: "full" } });
    expect(await atOnce(store.commit(writes.slice(count)))).toEqual(failure("full", ""));
    expect((await answered(store.load(ANNA)))?.turns).toBe(count);
    await answered(store.end(bert));
    await up(store);
    expect(await answered(store.commit(writes.slice(count, count + 1)))).toEqual([WRITTEN]);
  });
});

async function writeEach(
  store: SessionStore,
  writes: readonly TurnWrite[],
): Promise<{ readonly count: number; readonly refused: StoreOutcome<unknown> | undefined }> {
  for (const [count, write] of writes.entries()) {
    const refused = await store.commit([write]);
    if (!refused.ok) return { count, refused };
  }
  return { count: writes.length, refused: undefined };
}

describe.skipIf(!(await mayMount()))("on a disk (skipped where none may be mounted)", () => {
  test("that is full, a turn is refused, none that was written is lost, and room is used when there is some", async () => {
    await using disk = await mountDisk();
    await using file = await testFile();
    const path = join(disk.folder, "sessions.db");
    const store = file.open({ path });
    const writes = turnWrites(60, () => ({ snapshot: new Uint8Array(100_000) }));
    const before = await writeEach(store, writes.slice(0, 3));
    const filler = join(disk.folder, "filler");
    fill(filler);
    const { count, refused } = await writeEach(store, writes.slice(before.count));

    expect(refused).toEqual(failure("full", "its disk is full"));
    const started = file.open({ path });
    expect((await started.load(ANNA)).ok).toBe((await store.load(ANNA)).ok);
    await rm(filler);
    await up(store);
    const next = before.count + count;
    expect((await answered(store.load(ANNA)))?.turns).toBe(next);
    expect(await answered(store.commit(writes.slice(next, next + 1)))).toEqual([WRITTEN]);
    await up(started);
    expect((await answered(started.load(ANNA)))?.turns).toBe(next + 1);
    await store.close();
    await started.close();
  });

  test("that is read-only, its store is down, and up when it can be written", async () => {
    await using disk = await mountDisk();
    await using file = await testFile();
    disk.remount("ro");
    const store = file.open({ path: join(disk.folder, "sessions.db") });

    expect(await store.load(ANNA)).toEqual(
      failure(
        "unavailable",
        "mend: see that its folder is there and that this user may write to it",
      ),
    );
    disk.remount("rw");
    await up(store);
    expect(await answered(store.commit([FIRST]))).toEqual([WRITTEN]);
    await store.close();
  });
});

/** Fills a disk to its last byte. */
function fill(path: string): void {
  const file = openSync(path, "w");
  try {
    for (;;) writeSync(file, new Uint8Array(4_096));
  } catch (error) {
    expect(error).toMatchObject({ code: "ENOSPC" });
  } finally {
    closeSync(file);
  }
}

describe("a file that cannot be opened", () => {
  test("is named, and opened when it can be", async () => {
    await using file = await testFile();
    const folder = join(file.folder, "deeper");
    await Bun.write(folder, "a file where the folder belongs");
    const store = file.open({ path: join(folder, "sessions.db") });

    expect(await store.load(ANNA)).toEqual(
      failure(
        "unavailable",
        `${folder}/sessions.db: unable to open database file (SQLITE_CANTOPEN); mend: `,
      ),
    );
    await rm(folder);
    await mkdir(folder);
    await up(store);
    expect(await answered(store.commit([FIRST]))).toEqual([WRITTEN]);
  });

  test("because its folder was removed is not written where nobody finds it", async () => {
    await using file = await testFile();
    const folder = join(file.folder, "deeper");
    const path = join(folder, "sessions.db");
    const store = file.open({ path });
    await answered(store.commit([FIRST]));
    await rename(folder, `${folder}.away`);

    expect(await store.commit([SECOND])).toEqual(failure("unavailable", "(SQLITE_CANTOPEN)"));
    await rename(`${folder}.away`, folder);
    await up(store);
    expect(await answered(store.commit([SECOND]))).toEqual([WRITTEN]);
  });

  test("because it is damaged is left alone, until a good one is in its place", async () => {
    await using file = await testFile();
    const damaged = "no database, but something that somebody may want to see ".repeat(100);
    await Bun.write(file.path, damaged);
    const store = file.open();

    expect(await store.load(ANNA)).toEqual(failure("corrupt", "file is not a database; mend: "));
    expect(await Bun.file(file.path).text()).toBe(damaged);
    await rm(file.path);
    await up(store);
    expect(await answered(store.commit([FIRST]))).toEqual([WRITTEN]);
  });

  test.each([
    ["another program's", "CREATE TABLE mine (a)", "it is an SQLite file of another program"],
    ["a later Flotilla's", "PRAGMA user_version = 2", "it has format 2, and this Flotilla reads 1"],
  ])("because it is %s is left alone", async (_, sql, detail) => {
    await using file = await testFile();
    if (sql.startsWith("PRAGMA")) {
      const earlier = file.open();
      await answered(earlier.load(ANNA));
      await earlier.close();
    }
    using other = new Database(file.path);
    other.run(sql);
    const tables = other.query("SELECT name FROM sqlite_schema").all();
    const store = file.open();

    expect(await store.load(ANNA)).toEqual(failure("corrupt", detail));
    expect(other.query("SELECT name FROM sqlite_schema").all()).toEqual(tables);
  });
});

test("a removed file's turns are not written on, nor lost for the one that takes its place", async () => {
  await using file = await testFile();
  const [one, other] = [file.open(), file.open()];
  for (const store of [one, other]) await answered(store.load(ANNA));
  await answered(one.commit([FIRST]));
  for (const name of ["sessions.db", "sessions.db-wal", "sessions.db-shm"]) {
    await rm(join(file.folder, name), { force: true });
  }
  // The one replica begins a new file while the other still has the old one open.
  expect(await answered(one.commit([SECOND]))).toEqual([{ status: "conflict" }]);
  expect(await answered(one.commit([FIRST]))).toEqual([WRITTEN]);
  expect(await answered(other.commit([SECOND]))).toEqual([WRITTEN]);
  for (const store of [one, other]) await store.close();
  expect((await answered(file.open().load(ANNA)))?.turns).toBe(2);
});

test("a damaged state is given back as it is, and refused by its checksum", async () => {
  await using file = await testFile();
  const store = file.open();
  const state = encodeState([
    { name: "h", datatype: "FP32", shape: [2], bytes: new Uint8Array(8) },
  ]);
  await answered(store.commit(turnWrites(1, () => ({ snapshot: state }))));
  using other = new Database(file.path);
  const damaged = state.with(state.length - 1, 1);
  other.run("UPDATE snapshots SET state = ?", [damaged]);

  const snapshot = (await answered(store.load(ANNA)))?.snapshot;
  expect(decodeState(snapshot?.state ?? state)).toEqual({
    ok: false,
    problem: "a damaged state: its checksum does not fit",
  });
});
