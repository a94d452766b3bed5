import { expect, test } from "bun:test";
import { answerLines } from "./prediction-lines.ts";

const prediction = (value: unknown) => answerLines({ server_id: "server-1", prediction: value });

test("a classification is its label and score, then the others by their scores", () => {
  const scores = { bad: 0.123456, good: 0.75, "so so": 0.126544 };

  expect(prediction({ label: "good", score: 0.75, scores })).toEqual([
    "good   0.75",
    "so so  0.1265",
    "bad    0.1235",
  ]);
});

test("of many labels the best are shown", () => {
  const scores = Object.fromEntries(Array.from({ length: 99 }, (_, n) => [`label-${n}`, n / 100]));

  const lines = prediction({ label: "label-98", score: 0.98, scores });

  expect(lines.slice(0, 2)).toEqual(["label-98  0.98", "label-97  0.97"]);
  expect(lines.slice(-1)).toEqual(["… and 89 more"]);
});

test("an embedding is its size and its first values", () => {
  const embedding = Array.from({ length: 384 }, (_, n) => n / 1_000);

  expect(prediction({ embedding })).toEqual([
    "384 values: 0, 0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.007, …",
  ]);
});

test("tensors are named, with shape and first values, whatever their size and type", () => {
  const wide = Array.from({ length: 2 }, () => Array(100_000).fill(0.5));

  expect(
    answerLines({
      outputs: {
        wide,
        exact: [[9007199254740993n]],
        none: [],
        one: 3,
        texts: ['a"', "b".repeat(99)],
      },
    }),
  ).toEqual([
    "wide   [2, 100000]  0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, …",
    "exact  [1, 1]       9007199254740993",
    "none   [0]",
    "one    []           3",
    `texts  [2]          "a\\"", "${"b".repeat(59)}…`,
  ]);
});

test("instances stand below each other", () => {
  const scores = { good: 1 };

  expect(
    answerLines({ predictions: [{ label: "good", score: 1, scores }, { y: [1, 2] }] }),
  ).toEqual(["good  1", "", "y  [2]  1, 2"]);
});

test("what a user's own handler answers is shown as it is", () => {
  expect(prediction({ text: "a", id: 9007199254740993n })).toEqual([
    "{",
    '  "text": "a",',
    '  "id": 9007199254740993',
    "}",
  ]);
  expect(prediction(["a"])).toEqual(["[", '  "a"', "]"]);
  expect(answerLines(null)).toEqual(["null"]);
});

test("no text of an answer reaches the terminal as a command to it", () => {
  const evil = "\u001b[2J\u009b1m\u202e";
  const shown = "\\u001b[2J\\u009b1m\\u202e";

  expect(prediction({ text: `${evil}\nb` })).toEqual([shown, "b"]);
  for (const answer of [
    { prediction: { label: evil, score: 1, scores: { [evil]: 1 } } },
    { prediction: { embedding: [evil] } },
    { outputs: { [evil]: [evil] } },
    { prediction: { [evil]: evil } },
    { predictions: [evil, { [evil]: [evil] }] },
  ]) {
    const text = answerLines(answer).join("");
    expect(text).toContain("1m\\u202e");
    for (const control of ["\u001b", "\u009b", "\u202e"]) expect(text).not.toContain(control);
  }
});
