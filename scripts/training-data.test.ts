import { expect, test } from "bun:test";
import { join } from "node:path";

const MODELS = join(import.meta.dir, "../models");
const python = Bun.which("python3");
const skipped = python === null ? " (skipped: there is no python3)" : "";

test.skipIf(python === null).each([
  [
    "the sentiment model's texts are enough, and none is near another, in the other part least of all",
    ["sentiment/training/check_texts.py"],
  ],
  [
    "the chat model's held-out dialogues are what its script makes",
    ["chat/training/held_out.py", "--check"],
  ],
])(`%s${skipped}`, async (_, [script = "", ...options]) => {
  const check = Bun.spawn([python ?? "", "-B", join(MODELS, script), ...options], {
    stdout: "pipe",
    stderr: "pipe",
  });
  const [said, problems, code] = await Promise.all([
    check.stdout.text(),
    check.stderr.text(),
    check.exited,
  ]);

  expect([code, code === 0 ? "" : said + problems]).toEqual([0, ""]);
});
