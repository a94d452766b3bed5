import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { DATATYPES, type Datatype } from "./datatype.ts";
import { parseJson } from "./parse-json.ts";
import { allocateData, elementCount, type Tensor, type TensorSpec } from "./tensor.ts";
import { parseTensor, renderTensor } from "./tensor-json.ts";

const LIMITS = { elementsLimit: 1_000 };

function specOf(datatype: Datatype, shape: readonly number[]): TensorSpec {
  return { name: "x", datatype, shape, symbols: shape.map(() => undefined) };
}

/** The parsed tensor, or what is wrong. */
function parse(datatype: Datatype, shape: readonly number[], json: string): Tensor | string {
  const value = parseJson(json, 64);
  if (!value.ok) throw new Error(value.failure.detail);
  const outcome = parseTensor({ spec: specOf(datatype, shape), value: value.value, ...LIMITS });
  if (!outcome.ok) expect(outcome.failure.kind).toBe("invalid-input");
  return outcome.ok ? outcome.value : outcome.failure.detail;
}

function integer(bits: number, signed: boolean): fc.Arbitrary<number> {
  return fc.integer(
    signed ? { min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 } : { min: 0, max: 2 ** bits - 1 },
  );
}

const FINITE = { noNaN: true, noDefaultInfinity: true };
// JSON has no −0 of its own in JavaScript's rendering.
const withoutSign = (value: number) => (value === 0 ? 0 : value);
const ELEMENTS: Readonly<Record<Datatype, fc.Arbitrary<number | bigint | string>>> = {
  BOOL: fc.constantFrom(0, 1),
  UINT8: integer(8, false),
  UINT16: integer(16, false),
  UINT32: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  UINT64: fc.oneof(
    fc.bigInt(0n, 2n ** 64n - 1n),
    fc.constantFrom(0n, 2n ** 53n + 1n, 2n ** 64n - 1n),
  ),
  INT8: integer(8, true),
  INT16: integer(16, true),
  INT32: integer(32, true),
  INT64: fc.oneof(
    fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
    fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n + 1n, -(2n ** 53n) - 1n),
  ),
  FP16: fc
    .float({ ...FINITE, min: -65_504, max: 65_504 })
    .map(Math.f16round)
    .map(withoutSign),
  FP32: fc.float(FINITE).map(withoutSign),
  FP64: fc.double(FINITE).map(withoutSign),
  BYTES: fc.string({ unit: "binary" }),
};

const tensors = fc
  .record({
    datatype: fc.constantFrom(...(Object.keys(DATATYPES) as Datatype[])),
    shape: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 }),
    rows: fc.integer({ min: 0, max: 3 }),
  })
  .chain(({ datatype, shape: [_, ...rest], rows }) => {
    const shape = _ === undefined ? [] : [rows, ...rest];
    const length = elementCount(shape);
    return fc
      .array(ELEMENTS[datatype], { minLength: length, maxLength: length })
      .map((elements): Tensor => {
        const data = allocateData(datatype, length);
        for (const [at, element] of elements.entries()) data[at] = element;
        return { datatype, shape, data };
      });
  });

describe("a tensor", () => {
  test("of any datatype and shape is the same after JSON", () => {
    fc.assert(
      fc.property(tensors, (tensor) => {
        const json = renderTensor(tensor);
        if (!json.ok) throw new Error(json.failure.detail);
        const { datatype, shape } = tensor;
        // Inner dimensions fixed: below an empty batch they could not be known.
        const spec = shape.map((size, at) => (at === 0 ? -1 : size));

        expect(parse(datatype, spec, json.value)).toEqual(tensor);
        if (!shape.includes(0))
          expect(
            parse(
              datatype,
              shape.map(() => -1),
              json.value,
            ),
          ).toEqual(tensor);
      }),
      { numRuns: 500 },
    );
  });

  test("is rendered as nested JSON", () => {
    const render = (datatype: Datatype, shape: readonly number[], data: Tensor["data"]) =>
      renderTensor({ datatype, shape, data });
    const json = (value: string) => ({ ok: true, value }) as const;

    expect(render("FP32", [2, 1, 2], Float32Array.of(1, 2.5, 3, 4))).toEqual(
      json("[[[1,2.5]],[[3,4]]]"),
    );
    expect(render("FP16", [1], Float16Array.of(0.5))).toEqual(json("[0.5]"));
    expect(render("INT64", [2], BigInt64Array.of(2n ** 63n - 1n, -1n))).toEqual(
      json("[9223372036854775807,-1]"),
    );
    expect(render("INT64", [], BigInt64Array.of(7n))).toEqual(json("7"));
    expect(render("BOOL", [2], Uint8Array.of(1, 0))).toEqual(json("[true,false]"));
    expect(render("BYTES", [], ['"'])).toEqual(json('"\\""'));
    expect(render("FP32", [2, 0, 3], new Float32Array(0))).toEqual(json("[[],[]]"));
    expect(render("INT64", [0, 3], new BigInt64Array(0))).toEqual(json("[]"));
  });

  test.each([Number.NaN, Infinity, -Infinity])("that holds %p is a failure in JSON", (value) => {
    for (const data of [
      Float16Array.of(1, value),
      Float32Array.of(1, value),
      Float64Array.of(1, value),
    ]) {
      expect(renderTensor({ datatype: "FP32", shape: [2], data })).toEqual({
        ok: false,
        failure: {
          kind: "inference-failed",
          detail:
            "an output holds NaN or an infinity, which JSON cannot carry: ask over gRPC, which can",
        },
      });
    }
  });
});

describe("a value that is no tensor of the model's", () => {
  test.each([
    ["a ragged row", [-1, -1], "[[1,2,3,4],[1,2]]", "inputs.x[1]: expected 4 numbers, got 2"],
    ["a row of the wrong length", [-1, 4], "[[1,2]]", "inputs.x[0]: expected 4 numbers, got 2"],
    [
      "a ragged inner array",
      [-1, -1, 1],
      "[[[1]],[[1],[2]]]",
      "inputs.x[1]: expected 1 array, got 2",
    ],
    [
      "an array that is missing",
      [-1, 2],
      "[1,2]",
      "inputs.x[0]: expected an array, got another number",
    ],
    [
      "an array too many",
      [-1, 1],
      "[[[1]]]",
      "inputs.x[0][0]: expected a number in the datatype's range, got an array",
    ],
    ["text", [-1], '["1"]', "inputs.x[0]: expected a number in the datatype's range, got a string"],
    [
      "null",
      [-1, -1],
      "[[1,2],[3,null]]",
      "inputs.x[1][1]: expected a number in the datatype's range, got null",
    ],
    [
      "an object for an array",
      [-1],
      '{"0":1,"length":1}',
      "inputs.x: expected an array, got an object",
    ],
    [
      "an array for a scalar",
      [],
      "[1]",
      "inputs.x: expected a number in the datatype's range, got an array",
    ],
    [
      "a number too large",
      [],
      "3.5e38",
      "inputs.x: expected a number in the datatype's range, got another number",
    ],
  ] as const)("is refused with its place: %s", (...[, shape, json, problem]) => {
    expect(parse("FP32", shape, json)).toBe(problem);
  });

  test.each([
    ["BOOL", ["1", '"true"', "null"]],
    ["UINT8", ["-1", "256", "1.5", "true"]],
    ["INT8", ["-129", "128"]],
    ["UINT16", ["65536"]],
    ["INT16", ["32768", "-32769"]],
    ["UINT32", ["4294967296", "-1"]],
    ["INT32", ["2147483648", "1e999", "12345678901234567890"]],
    ["INT64", ["9223372036854775808", "-9223372036854775809", "1e18", "1.5", '"1"', "true"]],
    ["UINT64", ["18446744073709551616", "-1", "-9007199254740993"]],
    ["FP16", ["65520", "-1e5", '"1"']],
    ["FP32", ["3.5e38", "1e999", "false"]],
    ["FP64", ["1e999", '"NaN"', "null"]],
    ["BYTES", ["1", "null", "[]", '"\\ud800"']],
  ] as const)("is refused for %s, never coerced", (datatype, values) => {
    for (const value of values) {
      expect(parse(datatype, [-1], `[${value}]`)).toStartWith("inputs.x[0]: expected ");
    }
  });

  test("does not come back in the refusal", () => {
    expect(parse("UINT8", [-1], "[424242]")).toBe(
      "inputs.x[0]: expected a whole number from 0 to 255, got another number",
    );
  });

  test("may have no more elements than the limit", () => {
    const many = JSON.stringify(Array.from({ length: 1_001 }, () => 0));

    expect(parse("FP32", [-1], many)).toBe("inputs.x: expected at most 1000 elements, got more");
  });
});

test("an instance has no batch dimension, and says where it stands", () => {
  const spec = specOf("INT32", [-1, 2]);
  const options = { spec, leading: "none", at: "instances[3].inputs.x", ...LIMITS } as const;

  expect(parseTensor({ ...options, value: [1, 2] })).toEqual({
    ok: true,
    value: { datatype: "INT32", shape: [2], data: Int32Array.of(1, 2) },
  });
  expect(parseTensor({ ...options, value: [1] })).toHaveProperty(
    "failure.detail",
    "instances[3].inputs.x: expected 2 numbers, got 1",
  );
});

test("an empty batch has the model's fixed dimensions", () => {
  expect(parse("FP32", [-1, 3], "[]")).toEqual({
    datatype: "FP32",
    shape: [0, 3],
    data: new Float32Array(0),
  });
});

test("a large integer may be a float, too", () => {
  expect(parse("FP64", [-1], "[9223372036854775808]")).toHaveProperty(
    "data",
    Float64Array.of(2 ** 63),
  );
});
