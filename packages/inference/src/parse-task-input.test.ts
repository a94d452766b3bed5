import { describe, expect, test } from "bun:test";
import { t } from "@flotilla/handler";
import { parseTaskData, parseTaskInput } from "./parse-task-input.ts";
import { contractOf } from "./task-contract.ts";

const Node = t.Recursive((This) => t.Object({ kids: t.Array(This) }));
const SCHEMA = t.Object(
  {
    size: t.Optional(t.Number({ minimum: 0 })),
    unit: t.Optional(t.Union([t.Literal("cm"), t.Literal("in")])),
    pairs: t.Optional(t.Array(t.Tuple([t.Integer(), t.String({ pattern: "^[a-z]+$" })]))),
    tree: t.Optional(Node),
    any: t.Optional(t.Unknown()),
  },
  { additionalProperties: false },
);

/** As the edge has it: sent from another thread, which leaves plain data of it. */
function takes(options: Partial<Parameters<typeof contractOf>[0]> = { input: SCHEMA }) {
  const contract = contractOf({ examples: [], ...options });
  if (!contract.ok) throw new Error(contract.problems.join("\n"));
  return { takes: structuredClone(contract.value) };
}

const detailOf = (value: unknown, at?: string) => {
  const outcome = parseTaskInput(takes(), value, at);
  return outcome.ok ? "taken" : outcome.failure.detail;
};

describe("an input", () => {
  test.each([
    {},
    { size: 0, unit: "in", pairs: [[1, "a"]], tree: { kids: [{ kids: [] }] } },
    { any: { really: ["any", null, 1.5] } },
  ])("that fits the schema is taken as it is: %j", (value) => {
    expect(parseTaskInput(takes(), value)).toEqual({ ok: true, value });
  });

  test.each<[unknown, string]>([
    [3, "the input: expected object, got a number"],
    [{ size: "1" }, "size: expected number, got a string"],
    [{ size: -1 }, "size: expected number to be greater or equal to 0, got another number"],
    [{ unit: "secret" }, 'unit: expected one of "cm", "in", got a string'],
    [
      {
        pairs: [
          [1, "a"],
          [1.5, "b"],
        ],
      },
      "pairs[1][0]: expected integer, got a fraction",
    ],
    [{ tree: { kids: [{}] } }, "tree.kids[0].kids: expected array, got nothing"],
    [
      { siez: "secret", colour: 2 },
      'the input: expected no properties but size, unit, pairs, tree, any, got "siez", "colour"',
    ],
    [
      { tree: { kids: [], "a/b~": 1 }, siez: 1 },
      'the input: expected no properties but size, unit, pairs, tree, any, got "siez"',
    ],
    [{ size: 2n ** 60n }, "size: expected number, got one that a double cannot hold"],
    [
      { size: Number.POSITIVE_INFINITY },
      "size: expected number, got one that a double cannot hold",
    ],
    ...[[2n ** 60n], { deep: Number.NEGATIVE_INFINITY }].map((any): [unknown, string] => [
      { any },
      "expected no number that a double cannot hold, as a whole one beyond 2^53; send it as a string",
    ]),
  ])("that does not is refused by its place, and not repeated: %p", (value, detail) => {
    expect(detailOf(value)).toBe(detail);
  });

  test("that lacks properties and has unknown ones is told of both, and of a few at most", () => {
    const schema = t.Object(
      { width: t.Number(), height: t.Integer() },
      { additionalProperties: false },
    );
    const detail = (value: unknown) => {
      const outcome = parseTaskInput(takes({ input: schema }), value);
      return outcome.ok ? "taken" : outcome.failure.detail;
    };

    expect(detail({ widht: 1 })).toBe(
      'width: expected number, got nothing; height: expected integer, got nothing; the input: expected no properties but width, height, got "widht"',
    );
    const many = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, at) => [`${at}`.repeat(99), 1]),
    );
    expect(detail({ width: 1, height: 1, ...many }).length).toBeLessThan(500);
  });

  test("that is one of several is refused by its place among them", () => {
    expect(detailOf({ size: null }, "instances[7]")).toBe(
      "instances[7].size: expected number, got null",
    );
  });

  test("is of the kind that the task takes: JSON, bytes, or either", () => {
    const data = { data: Uint8Array.of(1), mediaType: "image/png" } as const;
    const bytesAlone = takes({ accepts: ["image/png"] });
    const either = takes({ input: SCHEMA, accepts: ["image/png"] });
    const told = (outcome: ReturnType<typeof parseTaskInput>) =>
      outcome.ok ? "taken" : `${outcome.failure.kind}: ${outcome.failure.detail}`;

    expect(told(parseTaskInput(bytesAlone, {}))).toBe(
      "unsupported-media-type: this model takes image/png",
    );
    expect(told(parseTaskData(takes(), data))).toBe(
      "unsupported-media-type: this model takes application/json",
    );
    expect(told(parseTaskData(either, { ...data, mediaType: "image/gif" }))).toBe(
      "unsupported-media-type: this model takes application/json, image/png",
    );
    expect([parseTaskInput(either, {}), parseTaskData(either, data)].map(told)).toEqual([
      "taken",
      "taken",
    ]);
    expect(told(parseTaskInput({ takes: undefined }, {}))).toBe(
      "invalid-input: this model takes tensors: send inputs, not text",
    );
  });
});
