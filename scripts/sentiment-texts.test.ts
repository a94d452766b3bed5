import { expect, test } from "bun:test";
import { join } from "node:path";

const TRAINING = join(import.meta.dir, "../models/sentiment/training");
const python = Bun.which("python3");
const skipped = python === null ? " (skipped: there is no python3)" : "";

test.skipIf(python === null)(
  `the sentiment model's texts are enough, and none is near another, in the other part least of all${skipped}`,
  async () => {
    const check = Bun.spawn([python ?? "", "-B", join(TRAINING, "check_texts.py")], {
      stdout: "pipe",
      stderr: "pipe",
    });
    const [said, problems, code] = await Promise.all([
      check.stdout.text(),
      check.stderr.text(),
      check.exited,
    ]);

    expect([code, code === 0 ? "" : said + problems]).toEqual([0, ""]);
  },
);
