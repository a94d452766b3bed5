import { Database } from "bun:sqlite";
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspectSqliteFile } from "./inspect-sqlite-file.ts";
import { openSqliteFile } from "./sqlite-file.ts";

const folder = mkdtempSync(join(tmpdir(), "flotilla-test-"));
const limits = { conversationsLimit: 10, bytesLimit: 1024 ** 2 };
let files = 0;
const fresh = () => join(folder, `${++files}.db`);
afterAll(() => rmSync(folder, { recursive: true }));

test("a store that is not there is none, and is not made", () => {
  const path = fresh();

  expect(inspectSqliteFile(path)).toEqual({ ok: true, value: undefined });
  expect(readdirSync(folder)).toEqual([]);
});

test("a store is counted as it is, open or closed, and nothing beside it is made", () => {
  const path = fresh();
  const { db } = openSqliteFile({ path, limits, lockTimeoutMs: 100 });
  db.run("UPDATE totals SET conversations = 3");

  const open = inspectSqliteFile(path);
  db.close();
  const bytes = readFileSync(path);
  const beside = readdirSync(folder);
  const closed = inspectSqliteFile(path);

  expect(open).toMatchObject({ ok: true, value: { conversations: 3 } });
  expect(closed).toEqual({ ok: true, value: { conversations: 3, bytes: bytes.length } });
  expect(readFileSync(path)).toEqual(bytes);
  expect(readdirSync(folder)).toEqual(beside);
});

test("another program's file, or none of SQLite's, is named as such", () => {
  const other = fresh();
  using db = new Database(other);
  db.run("CREATE TABLE t (a)");
  const text = fresh();
  writeFileSync(text, "no database ".repeat(1_000));

  for (const path of [other, text]) {
    expect(inspectSqliteFile(path)).toMatchObject({
      ok: false,
      problems: [expect.stringMatching(/^\S+\.db: .*; mend: put a backup in its place/)],
    });
  }
});
