import { expect, test } from "bun:test";
import { loadModel } from "@flotilla/testing";

test("an English text is asked how it feels", async () => {
  await using model = await loadModel(import.meta.dir);

  expect(await model.predict({ text: "The rollout was painless" })).toMatchObject({
    label: "positive",
    language: { label: "en" },
  });
  expect(await model.predict({ text: "nothing works since the update" })).toMatchObject({
    label: "negative",
  });
});

test("any other text is unsupported, and the answer says why", async () => {
  await using model = await loadModel(import.meta.dir);

  expect(await model.predict({ text: "Der Kuchen war wunderbar" })).toEqual({
    label: "unsupported",
    language: { label: "de", score: expect.any(Number) },
  });
});
