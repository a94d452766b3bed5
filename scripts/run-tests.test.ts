import { expect, test } from "bun:test";
import { closingLine, readJunit } from "./run-tests.ts";

test("the totals are the report's own", () => {
  const xml = `<?xml version="1.0"?>\n<testsuites name="bun test" tests="12" assertions="30" failures="2" skipped="3" time="1.5">`;
  expect(readJunit(xml)).toEqual({ passed: 7, failed: 2, skipped: 3 });
});

test("no report means that nothing passed", () => {
  expect(readJunit("")).toEqual({ passed: 0, failed: 0, skipped: 0 });
});

test("the closing line names skipped tests only where there are some", () => {
  expect(closingLine({ passed: 5, failed: 0, skipped: 0 })).toBe("5 passed, 0 failed");
  expect(closingLine({ passed: 5, failed: 1, skipped: 2 })).toBe("5 passed, 1 failed, 2 skipped");
});
