import { expect, test } from "bun:test";
import { shownSetting } from "./shown-setting.ts";

test.each([
  ["rediss://anna:se:c@ret@cache:6379/2", "rediss://anna:…@cache:6379/2"],
  ["redis://:secret@cache", "redis://:…@cache"],
  ["redis://cache:6379", "redis://cache:6379"],
  ["sqlite:/srv/a@b.db", "sqlite:/srv/a@b.db"],
])("the session store %p is shown as %p", (text, shown) => {
  expect(shownSetting("session_store", text)).toBe(shown);
});
