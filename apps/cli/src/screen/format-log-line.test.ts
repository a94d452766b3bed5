import { expect, test } from "bun:test";
import { formatLogLine } from "./format-log-line.ts";

test.each([
  [
    '{"level":"info","time":"2026-01-01T00:00:00Z","server_id":"server-1","threads":1,"models":["a/1"],"state":"ready","msg":"ready"}',
    { level: "info", text: 'ready threads=1 models=["a/1"] state=ready' },
  ],
  [
    '{"level":"fatal","reason":"a run hangs","msg":"the replica ends"}',
    { level: "error", text: 'the replica ends reason="a run hangs"' },
  ],
  [
    '{"level":"error","err":{"type":"Error","message":"no","stack":"Error: no\\n at x"},"msg":"unexpected"}',
    { level: "error", text: 'unexpected err="no"' },
  ],
  ["plain text", { level: "info", text: "plain text" }],
  ["{not json", { level: "info", text: "{not json" }],
  [
    '{"level":"info","id":"\\u001b[2J\\u0007","msg":"a\\u202eb\\nc\\u009b"}',
    { level: "info", text: 'a\\u202eb\\nc\\u009b id="\\u001b[2J\\u0007"' },
  ],
  ["\u001b[31mred\u001b[0m\r", { level: "info", text: "\\u001b[31mred\\u001b[0m" }],
] as const)("%j is shown readably, and can do nothing to the terminal", (line, shown) => {
  expect(formatLogLine(line)).toEqual(shown);
});
