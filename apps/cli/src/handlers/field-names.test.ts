import { expect, test } from "bun:test";
import { fieldNames } from "./field-names.ts";

test("tensors' names become ordinary names of JSON fields, each another", () => {
  expect(fieldNames(["x", "x:0", "x/0", "1st", "", "é", "instances", "constructor"])).toEqual([
    "x",
    "x_0",
    "x_0_2",
    "field_1st",
    "field_",
    "_",
    "instances_",
    "constructor_",
  ]);
});
