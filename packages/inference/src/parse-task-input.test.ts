import { describe, expect, test } from "bun:test";
import { t } from "@flotilla/handler";
import type { TSchema } from "@sinclair/typebox";
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

  test("of several forms is told what is wrong with the one that came nearest", () => {
    const Circle = t.Object({ radius: t.Number() }, { additionalProperties: false });
    const Box = t.Object({ sides: t.Array(t.Number()) }, { additionalProperties: false });
    const named = t.Intersect([t.Object({ name: t.String() }), t.Object({ id: t.Integer() })], {
      unevaluatedProperties: false,
    });
    const detail = (input: TSchema, value: unknown) => {
      const outcome = parseTaskInput(takes({ input }), value);
      return outcome.ok ? "taken" : outcome.failure.detail;
    };
    const shape = t.Union([Circle, Box]);

    expect(detail(shape, { sides: [1, "2"] })).toBe("sides[1]: expected number, got a string");
    expect(detail(shape, { radius: null })).toBe("radius: expected number, got null");
    expect(detail(t.Object({ shape }), { shape: 3 })).toBe("shape: expected object, got a number");
    const Tree = t.Recursive((This) =>
      t.Object({
        kid: t.Union([t.Object({ a: This }), t.Object({ a: This, b: t.Null() }), t.Null()]),
      }),
    );
    const deep = Array(8)
      .fill(0)
      .reduce((kid) => ({ kid: { a: kid } }), { kid: 1 });
    expect(detail(Tree, deep)).toBe(
      "kid.a.kid.a.kid.a.kid: expected object or null, got an object",
    );
    expect(detail(named, { name: "a", id: 1, nick: "b" })).toBe(
      'the input: expected no properties but name, id, got "nick"',
    );
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
