import { describe, expect, test } from "bun:test";
import { answered, NO_LIMITS, testFile } from "../test/test-store.ts";
import { turnWrites } from "../test/turn-write.ts";
import { openStore } from "./open-store.ts";

const OPTIONS = { limits: NO_LIMITS, timeoutMs: 20_000 };

describe("the session store's setting", () => {
  test("`sqlite:` names a file, which is made with its folder and outlives the store", async () => {
    await using file = await testFile();
    const text = `sqlite:${file.folder}/new/sessions.db`;
    for (const status of ["written", "applied"]) {
      const opened = openStore(text, OPTIONS);
      if (!opened.ok) throw new Error(opened.problems.join("\n"));
      expect(await answered(opened.value.commit(turnWrites(1)))).toMatchObject([{ status }]);
      await opened.value.close();
    }
  });

  test("`memory:` is a store that others do not see", async () => {
    for (const status of ["written", "written"]) {
      const opened = openStore("memory:", OPTIONS);
      if (!opened.ok) throw new Error(opened.problems.join("\n"));
      expect(await answered(opened.value.commit(turnWrites(1)))).toMatchObject([{ status }]);
    }
  });

  test.each([
    ["redis:", "expected a server's address; mend: "],
    ["redis://", "expected a server's address; mend: "],
    ["rediss://:se/cret@cache", "expected a server's address; mend: "],
    ["redis://cache/first", "expected a database's number after the slash; mend: "],
    ["redis://cache/99999999999", "expected a database's number after the slash; mend: "],
    ["valkeys://cache?tls=no", "expected nothing after the database's number; mend: "],
    ["redis://:se%cret@cache", "expected a percent-encoded name and password; mend: "],
    ["sqlite:", "expected a file's path after `sqlite:`; mend: "],
    ["sqlite::memory:", "expected a file's path after `sqlite:`; mend: "],
    ["memory:x", "expected nothing after `memory:`; mend: "],
    ["", "expected `sqlite:PATH`, `redis://HOST` or `memory:`; mend: "],
    ["sessions.db", "expected `sqlite:PATH`, `redis://HOST` or `memory:`; mend: "],
    ["postgres://localhost", "expected `sqlite:PATH`, `redis://HOST` or `memory:`; mend: "],
  ])("%p is refused", (text, problem) => {
    expect(openStore(text, OPTIONS)).toEqual({
      ok: false,
      problems: [expect.stringContaining(problem)],
    });
  });
});
