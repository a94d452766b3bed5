import { expect, test } from "bun:test";
import { readSettings } from "@flotilla/common/read-settings";
import { readyLines } from "./ready-lines.ts";

function lines(names: readonly string[], defaultModel = ""): string {
  const read = readSettings({ flags: {}, environment: {}, file: undefined });
  if (!read.ok) throw new Error(read.problems.join("\n"));
  const settings = { ...read.value.settings, default_model: defaultModel };
  const models = names.map((name) => ({
    name,
    versions: ["1"],
    default_version: "1",
    task: "embedding",
    inputs: [],
  }));
  return readyLines({ settings, models, threads: 1, cores: 2, seconds: 1 }).join("\n");
}

test("the model that needs no name is marked, and is the one to try", () => {
  expect(lines(["a"])).toContain("a   version 1   embedding, the default");
  expect(lines(["a", "sentiment"])).toContain("sentiment   version 1   embedding, the default");
  expect(lines(["a", "b"], "b")).toContain("b   version 1   embedding, the default");
  expect(lines(["a", "b"], "b")).toContain("http://127.0.0.1:8000/predict ");
});

test("of several models without a default none is marked, and the request to try names its model", () => {
  const shown = lines(["a", "b"]);

  expect(shown).not.toContain("the default");
  expect(shown).toContain("http://127.0.0.1:8000/models/a/predict ");
  expect(shown).toContain(`'{"model":"a","text":`);
});
