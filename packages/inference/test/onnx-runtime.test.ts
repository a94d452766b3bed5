import { afterAll, describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  addModel,
  externalDataModel,
  identityModel,
  mlpModel,
  nanModel,
  slowModel,
  throwingModel,
} from "@flotilla/testkit/onnx-builder";
import { InferenceSession, Tensor as OnnxTensor } from "onnxruntime-node";
import { type Datatype, datatypeFromOnnx } from "../src/datatype.ts";
import type { TensorData } from "../src/tensor.ts";
import { toOnnxTensor } from "../src/to-onnx-tensor.ts";

/** What onnxruntime-node does that the rest of this package relies on, on models of every kind. */
const root = await mkdtemp(join(tmpdir(), "flotilla-onnx-"));
afterAll(() => rm(root, { recursive: true }));

async function run(
  model: Uint8Array | string,
  inputs: Readonly<Record<string, readonly [Datatype, TensorData, readonly number[]]>>,
) {
  const session = await InferenceSession.create(model as string);
  const feeds = Object.entries(inputs).map(([name, [datatype, data, shape]]) => [
    name,
    toOnnxTensor({ datatype, data, shape }),
  ]);
  const outputs = await session.run(Object.fromEntries(feeds));
  await session.release();
  return outputs;
}

const EXTREMES: Readonly<Record<Datatype, TensorData>> = {
  BOOL: Uint8Array.of(0, 1),
  UINT8: Uint8Array.of(0, 255),
  UINT16: Uint16Array.of(0, 65_535),
  UINT32: Uint32Array.of(0, 2 ** 32 - 1),
  UINT64: BigUint64Array.of(0n, 2n ** 64n - 1n),
  INT8: Int8Array.of(-128, 127),
  INT16: Int16Array.of(-32_768, 32_767),
  INT32: Int32Array.of(-(2 ** 31), 2 ** 31 - 1),
  INT64: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n),
  FP16: Float16Array.of(-65_504, 0.5),
  FP32: Float32Array.of(-3.4028234663852886e38, Number.NaN),
  FP64: Float64Array.of(Number.MIN_VALUE, Number.POSITIVE_INFINITY),
  BYTES: ["", "größer, 🚢"],
};
const DATATYPE_NAMES = Object.keys(EXTREMES) as Datatype[];

function elements(data: unknown): readonly unknown[] {
  return Array.from(data as ArrayLike<unknown>);
}

describe("ONNX Runtime", () => {
  test.each(DATATYPE_NAMES)("gives %s back as it got it, in the same array type", async (type) => {
    const data = EXTREMES[type];
    const { y } = await run(identityModel({ type, shape: ["batch"] }), { x: [type, data, [2]] });

    expect(datatypeFromOnnx(y?.type ?? "")).toBe(type);
    expect(elements(y?.data)).toEqual(elements(data));
    expect(y?.data.constructor.name).toBe(data.constructor.name);
    expect(y?.dims).toEqual([2]);
  });

  test.each(DATATYPE_NAMES)("takes %s as a scalar and in a fixed shape", async (type) => {
    const scalar = await run(identityModel({ type, shape: [] }), {
      x: [type, EXTREMES[type].slice(1), []],
    });
    expect(scalar["y"]?.dims).toEqual([]);
    expect(elements(scalar["y"]?.data)).toEqual(elements(EXTREMES[type].slice(1)));

    const fixed = await run(identityModel({ type, shape: [2, 1] }), {
      x: [type, EXTREMES[type], [2, 1]],
    });
    expect(fixed["y"]?.dims).toEqual([2, 1]);
  });

  test("says what a model's inputs are, variable dimensions by name", async () => {
    const session = await InferenceSession.create(
      identityModel({ type: "FP16", shape: ["batch", 3] }),
    );

    expect(session.inputMetadata).toMatchObject([
      { name: "x", isTensor: true, type: "float16", shape: ["batch", 3] },
    ]);
    await session.release();
  });

  test("runs an MLP, and a sum of two inputs", async () => {
    const ones = new Float32Array(128).fill(1);
    const { scores } = await run(mlpModel([64, 64, 2]), { features: ["FP32", ones, [2, 64]] });

    const values = scores?.data as Float32Array;
    expect(scores?.dims).toEqual([2, 2]);
    expect(values[0]).not.toBe(values[1]);
    expect(values.subarray(0, 2)).toEqual(values.subarray(2));

    const two = ["FP32", Float32Array.of(1, 2), [2]] as const;
    const { sum } = await run(addModel(["batch"]), { a: two, b: two });
    expect(sum?.data).toEqual(Float32Array.of(2, 4));
  });

  test("throws where a model does, and answers the next run", async () => {
    const index = (value: bigint) => ["INT64", BigInt64Array.of(value), [1]] as const;

    await expect(run(throwingModel(), { index: index(4n) })).rejects.toThrow("out of data bounds");
    const { y } = await run(throwingModel(), { index: index(3n) });
    expect(y?.data).toEqual(Float32Array.of(3));
  });

  test("carries NaN out", async () => {
    const { y } = await run(nanModel(), { x: ["FP32", Float32Array.of(0, 2), [2]] });

    expect(elements(y?.data)).toEqual([Number.NaN, 1]);
  });

  test("runs a model for as many rounds as it is asked for", async () => {
    const { y } = await run(slowModel(), { rounds: ["INT64", BigInt64Array.of(0n, 3n), [2]] });

    expect(y?.data).toEqual(BigInt64Array.of(0n, 3n));
  });

  test.each(DATATYPE_NAMES)("takes a view into a larger array of %s", async (type) => {
    const data = EXTREMES[type];
    const view = Array.isArray(data) ? data.slice(1) : data.subarray(1);
    const { y } = await run(identityModel({ type, shape: ["batch"] }), { x: [type, view, [1]] });

    expect(elements(y?.data)).toEqual(elements(view));
  });

  // Why checkTensors refuses such strings.
  test("cuts a string at its first NUL", async () => {
    const { y } = await run(identityModel({ type: "BYTES", shape: [1] }), {
      x: ["BYTES", ["a\0b"], [1]],
    });

    expect(y?.data).toEqual(["a"]);
  });

  test("still finds no bytes in a Float16Array: once it does, to-onnx-tensor.ts needs no mend", async () => {
    const session = await InferenceSession.create(identityModel({ type: "FP16", shape: [1] }));
    const x = new OnnxTensor("float16", Float16Array.of(1) as never, [1]);

    await expect(session.run({ x })).rejects.toThrow("not enough space: expected 2, got 0");
    await session.release();
  });
});

describe("external data", () => {
  const added = new Uint8Array(Float32Array.of(10, 20).buffer);

  /** A model's folder with data in it, beside it, and links to both. */
  async function load(location: string) {
    const folder = join(await mkdtemp(join(root, "external-")), "model");
    await mkdir(folder);
    await Bun.write(join(folder, "inside", "weights.bin"), added);
    await Bun.write(join(folder, "..", "outside.bin"), added);
    await symlink("inside/weights.bin", join(folder, "link-inside.bin"));
    await symlink("../outside.bin", join(folder, "link-outside.bin"));
    const file = join(folder, "model.onnx");
    await Bun.write(file, externalDataModel(location.replace("FOLDER", folder)));
    const { y } = await run(file, { x: ["FP32", Float32Array.of(1, 2), [1, 2]] });
    return y?.data;
  }

  test.each(["inside/weights.bin", "link-inside.bin"])(
    "inside the folder works: %s",
    async (location) => {
      expect(await load(location)).toEqual(Float32Array.of(11, 22));
    },
  );

  // ONNX Runtime refuses these itself; should a later version not do so, this is what notices.
  test.each([
    "../outside.bin",
    "inside/../../outside.bin",
    "link-outside.bin",
    "FOLDER/../outside.bin",
    "FOLDER/inside/weights.bin",
  ])("that is absolute or outside the folder is refused: %s", async (location) => {
    await expect(load(location)).rejects.toThrow(/External data path/);
  });
});
