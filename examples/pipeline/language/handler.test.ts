import { expect, test } from "bun:test";
import { join } from "node:path";
import { loadModel } from "@flotilla/testing";

interface Answer {
  readonly label: string;
  readonly score: number;
}

/** Every fifth line, as training/train.py holds them out. */
async function heldOut(language: string): Promise<readonly string[]> {
  const file = Bun.file(join(import.meta.dir, `training/texts/${language}.txt`));
  return (await file.text()).split("\n").filter((_, at) => at % 5 === 4);
}

test.each(["de", "en", "es", "fr"])(
  "24 held-out texts are taken for what they are: %s",
  async (language) => {
    await using model = await loadModel(import.meta.dir);
    const found: string[] = [];
    for (const text of await heldOut(language)) {
      found.push((await model.predict<Answer>({ text })).label);
    }
    expect(found).toEqual(Array(24).fill(language));
  },
);

test("case, digits and signs make no difference", async () => {
  await using model = await loadModel(import.meta.dir);

  expect(await model.predict<Answer>({ text: "WO IST, bitte, der Bahnhof?!" })).toEqual(
    await model.predict<Answer>({ text: "wo ist 1 bitte 2 der bahnhof" }),
  );
});
