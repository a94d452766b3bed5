import { describe, expect, test } from "bun:test";
import { findModel, resolveDefaultModel } from "./find-model.ts";
import type { LoadedModel } from "./loaded-model.ts";

function model(name: string, version: number): LoadedModel {
  return {
    name,
    version,
    task: "tensor",
    inputs: [],
    outputs: [],
    state: [],
    batch: "none",
    maxBatch: 1,
  };
}

const MODELS = [model("a", 1), model("a", 2), model("a", 10), model("b", 7)];

function find(name: string, version: string, defaultModel: string | undefined = "a") {
  const found = findModel({ models: MODELS, defaultModel, name, version });
  return found.ok ? `${found.value.name} ${found.value.version}` : found.failure;
}

describe("a model", () => {
  test("is found by its name, or as the default, in its highest version or the one asked for", () => {
    expect(find("b", "")).toBe("b 7");
    expect(find("a", "")).toBe("a 10");
    expect(find("a", "2")).toBe("a 2");
    expect(find("", "")).toBe("a 10");
    expect(find("", "1")).toBe("a 1");
  });

  test("that does not exist is not found, and what was asked is not repeated", () => {
    expect(find("<script>", "")).toEqual({
      kind: "model-not-found",
      detail: "there is no model of this name; GET /models lists them",
    });
    expect(find("a", "3")).toEqual({
      kind: "model-not-found",
      detail: "the model has no such version; it has: 1, 2, 10",
    });
    expect(find("a", "01")).toHaveProperty("kind", "model-not-found");
  });

  test("must be named where there is no default", () => {
    const found = findModel({ models: MODELS, defaultModel: undefined, name: "", version: "" });

    expect(found).toMatchObject({
      ok: false,
      failure: { detail: "there is no default model; name one of: a, b" },
    });
  });
});

describe("the default model", () => {
  const names = (...all: readonly string[]) => all.map((name) => ({ name }));

  test("is the configured one, else the only one, else sentiment, else none", () => {
    expect(resolveDefaultModel(names("a", "b"), "b")).toEqual({ ok: true, value: "b" });
    expect(resolveDefaultModel(names("a", "a"), "")).toEqual({ ok: true, value: "a" });
    expect(resolveDefaultModel(names("a", "sentiment"), "")).toEqual({
      ok: true,
      value: "sentiment",
    });
    expect(resolveDefaultModel(names("a", "b"), "")).toEqual({ ok: true, value: undefined });
  });

  test("that is configured and does not exist stops the start", () => {
    expect(resolveDefaultModel(names("a", "b"), "c")).toEqual({
      ok: false,
      problems: [
        "default_model (FLOTILLA_DEFAULT_MODEL) is c, and there is no such model; there are: a, b",
      ],
    });
  });
});
