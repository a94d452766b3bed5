import { expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { loadModel } from "@flotilla/testing";

interface Answer {
  readonly labels: readonly { readonly label: string; readonly score: number }[];
}

const HELD_OUT = join(import.meta.dir, "held-out");

async function picture(name: string) {
  const data = await Bun.file(join(HELD_OUT, name)).bytes();
  return { data, mediaType: name.endsWith("png") ? "image/png" : "image/jpeg" };
}

test("nineteen in twenty held-out pictures get their label", async () => {
  await using model = await loadModel(import.meta.dir);
  const names = await readdir(HELD_OUT);
  let right = 0;
  for (const name of names) {
    const { labels } = await model.predict<Answer>(await picture(name));
    if (name.startsWith(`${labels[0]?.label}-`)) right += 1;
  }
  expect(names).toHaveLength(40);
  expect(right).toBeGreaterThanOrEqual(38);
});

test("the answer is the five likeliest labels, the likeliest first", async () => {
  await using model = await loadModel(import.meta.dir);
  const { labels } = await model.predict<Answer>(await picture("cat-1.png"));

  expect(labels).toHaveLength(5);
  expect(labels[0]).toEqual({ label: "cat", score: expect.closeTo(0.89, 1) });
  expect(labels.map(({ score }) => score)).toEqual(
    labels.map(({ score }) => score).toSorted((a, b) => b - a),
  );
});

test("what is no picture is refused", async () => {
  await using model = await loadModel(import.meta.dir);
  const text = { data: Buffer.from("a cat"), mediaType: "image/png" };

  await expect(model.predict(text)).rejects.toThrow("expected a PNG or a JPEG, got something else");
});
