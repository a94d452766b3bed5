import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Datatype } from "@flotilla/inference/datatype";
import type { Tensor } from "@flotilla/proto/generated/flotilla/v1/Tensor";
import type { TensorContents } from "@flotilla/proto/generated/flotilla/v1/TensorContents";
import { predict } from "@flotilla/testkit/grpc-client";
import { type FakeReplica, startFakeReplica } from "./grpc-fake-replica.ts";

let replica: FakeReplica;

beforeAll(async () => {
  replica = await startFakeReplica({ settings: { tensor_elements_limit: 1_000 } });
});

afterAll(async () => {
  await replica[Symbol.asyncDispose]();
});

const ask = (datatype: string, ...values: Tensor[]) =>
  predict(replica.address, {
    model: `echo-${datatype}`,
    tensors: { inputs: values.map((value) => ({ key: "x", value: { datatype, ...value } })) },
  });

async function echoed(datatype: string, value: Tensor) {
  const { response, details } = await ask(datatype, value);
  const [output] = response?.result?.outputs?.inputs ?? [];
  if (!output?.value) throw new Error(details);
  return output.value;
}

/** The same three elements in both forms; the raw form by hand, little-endian. */
const ELEMENTS: readonly [Datatype, TensorContents | undefined, string][] = [
  ["BOOL", { bool_contents: [true, false, true] }, "01 00 01"],
  ["UINT8", { uint_contents: [0, 1, 255] }, "00 01 ff"],
  ["UINT16", { uint_contents: [0, 1, 65_535] }, "0000 0100 ffff"],
  ["UINT32", { uint_contents: [0, 1, 4_294_967_295] }, "00000000 01000000 ffffffff"],
  [
    "UINT64",
    { uint64_contents: ["0", "9007199254740993", "18446744073709551615"] },
    "0000000000000000 0100000000002000 ffffffffffffffff",
  ],
  ["INT8", { int_contents: [-128, 0, 127] }, "80 00 7f"],
  ["INT16", { int_contents: [-32_768, 0, 32_767] }, "0080 0000 ff7f"],
  ["INT32", { int_contents: [-2_147_483_648, 0, 1] }, "00000080 00000000 01000000"],
  [
    "INT64",
    { int64_contents: ["-9223372036854775808", "9007199254740993", "-1"] },
    "0000000000000080 0100000000002000 ffffffffffffffff",
  ],
  ["FP16", undefined, "003c 007c 00c0"],
  ["FP32", { fp32_contents: [1, Number.NaN, -Infinity] }, "0000803f 0000c07f 000080ff"],
  [
    "FP64",
    { fp64_contents: [1, Number.NaN, 0.1] },
    "000000000000f03f 000000000000f87f 9a9999999999b93f",
  ],
  [
    "BYTES",
    { bytes_contents: [Buffer.from("a"), Buffer.from(""), Buffer.from("ü")] },
    "01000000 61 00000000 02000000 c3bc",
  ],
];

describe.each(ELEMENTS)("%s", (datatype, contents, hex) => {
  const raw = Buffer.from(hex.replaceAll(" ", ""), "hex");
  const shape = [1, 3];

  test("comes back as it went, typed", async () => {
    if (contents === undefined) return;
    const value = await echoed(datatype, { shape, contents });

    expect(value).toMatchObject({ datatype, shape: ["1", "3"], data: "contents" });
    expect(value.contents).toMatchObject(contents as object);
  });

  test("comes back raw where it came raw, byte by byte", async () => {
    const value = await echoed(datatype, { shape, raw });

    expect(value).toMatchObject({ datatype, shape: ["1", "3"], data: "raw" });
    expect(value.raw?.toString("hex")).toBe(raw.toString("hex"));
  });

  test("typed and raw are the same to the model", async () => {
    if (contents === undefined) return;
    await echoed(datatype, { shape, contents });
    await echoed(datatype, { shape, raw });

    const [typed, same] = replica.requests.slice(-2).map(({ input }) => input);
    // As text, since `toEqual` holds no two NaN in typed arrays equal.
    expect(Bun.inspect(typed)).toBe(Bun.inspect(same));
  });

  test("of which raw is cut short is INVALID_ARGUMENT", async () => {
    expect(await ask(datatype, { shape, raw: raw.subarray(0, -1) })).toMatchObject({
      code: "INVALID_ARGUMENT",
      details: expect.stringContaining("inputs.x: "),
    });
  });

  test("of a batch of 0 may leave the data out", async () => {
    expect(await echoed(datatype, { shape: [0, 3] })).toMatchObject({ shape: ["0", "3"] });
  });
});

const TWO = { fp32_contents: [1, 2] };

describe("INVALID_ARGUMENT is the answer to", () => {
  test.each<[string, string, Tensor]>([
    ["less data than the shape says", "FP32", { shape: [1, 3], contents: TWO }],
    ["more data than the shape says", "FP32", { shape: [1, 1], contents: TWO }],
    ["less raw data than the shape says", "FP32", { shape: [1, 3], raw: Buffer.alloc(8) }],
    ["no data for a shape", "FP32", { shape: [1, 2] }],
    ["a wrong rank", "FP32", { shape: [2], contents: TWO }],
    ["a negative dimension", "FP32", { shape: [-1, -2], contents: TWO }],
    ["a dimension above 2^53", "FP32", { shape: ["9007199254740993", 1], contents: TWO }],
    [
      "dimensions whose product overflows",
      "FP32",
      { shape: ["4611686018427387904", "4611686018427387904"], contents: TWO },
    ],
    ["dimensions behind a 0", "FP32", { shape: [0, "4611686018427387904"] }],
    [
      "more elements than allowed",
      "FP32",
      { shape: [1, 1_001], contents: { fp32_contents: new Array(1_001).fill(0) } },
    ],
    ["an unknown datatype", "FP32", { datatype: "FLOAT", shape: [1, 2], contents: TWO }],
    ["a datatype that is no own property", "FP32", { datatype: "toString", shape: [1, 2] }],
    ["a wrong datatype", "FP64", { datatype: "FP32", shape: [1, 2], contents: TWO }],
    ["elements in another field", "FP64", { shape: [1, 2], contents: TWO }],
    ["typed FP16", "FP16", { shape: [1, 2], contents: TWO }],
    ["300 as INT8", "INT8", { shape: [1, 1], contents: { int_contents: [300] } }],
    ["70000 as UINT16", "UINT16", { shape: [1, 1], contents: { uint_contents: [70_000] } }],
    ["2 as raw BOOL", "BOOL", { shape: [1, 1], raw: Buffer.of(2) }],
    [
      "bytes that are no text",
      "BYTES",
      { shape: [1, 1], contents: { bytes_contents: [Buffer.of(255)] } },
    ],
    ["a length beyond raw", "BYTES", { shape: [1, 1], raw: Buffer.from("ffffffff61", "hex") }],
  ])("%s", async (_, datatype, value) => {
    const { code, details } = await ask(datatype, value);

    expect(code).toBe("INVALID_ARGUMENT");
    expect(details).toContain("inputs.x: ");
  });

  test("a missing input, and an extra one, whose name is not repeated", async () => {
    const good = { datatype: "FP32", shape: [1, 2], contents: TWO };
    const missing = await ask("FP32");
    const extra = await predict(replica.address, {
      model: "echo-FP32",
      tensors: {
        inputs: [
          { key: "x", value: good },
          { key: "__proto__", value: good },
        ],
      },
    });

    expect(missing).toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(extra).toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(extra.details).not.toContain("__proto__");
  });

  test("instances of which one contradicts itself, and says which", async () => {
    const instance = (contents: TensorContents) => ({
      tensors: { inputs: [{ key: "x", value: { datatype: "FP32", shape: [2], contents } }] },
    });
    // Together they have as many elements as their shapes say.
    const instances = [{ fp32_contents: [1, 2, 3] }, { fp32_contents: [4] }].map(instance);

    expect(await predict(replica.address, { model: "echo-FP32", instances })).toMatchObject({
      code: "INVALID_ARGUMENT",
      details: expect.stringContaining("instances[0].inputs.x: "),
    });
  });
});

test("instances of tensors come back one by one, without the batch", async () => {
  const instance = (...fp32_contents: number[]) => ({
    tensors: {
      inputs: [{ key: "x", value: { datatype: "FP32", shape: [2], contents: { fp32_contents } } }],
    },
  });
  const { response } = await predict(replica.address, {
    model: "echo-FP32",
    version: "1",
    instances: [instance(1, 2), instance(3, 4)],
  });

  const values = response?.results.map(({ outputs }) => outputs?.inputs[0]?.value);
  expect(values).toMatchObject([
    { shape: ["2"], contents: { fp32_contents: [1, 2] } },
    { shape: ["2"], contents: { fp32_contents: [3, 4] } },
  ]);
});
