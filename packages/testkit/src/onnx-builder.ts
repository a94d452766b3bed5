/** Element types by their names in the Open Inference Protocol, with ONNX's numbers for them. */
const ELEMENT_TYPES = {
  FP32: 1,
  UINT8: 2,
  INT8: 3,
  UINT16: 4,
  INT16: 5,
  INT32: 6,
  INT64: 7,
  BYTES: 8,
  BOOL: 9,
  FP16: 10,
  FP64: 11,
  UINT32: 12,
  UINT64: 13,
} as const;

export type ElementType = keyof typeof ELEMENT_TYPES;

/** A name is a variable dimension. */
type Dimension = number | string;

interface Value {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly Dimension[];
}

/** `op inputs → outputs`, with encoded attributes. */
export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: readonly Uint8Array[];
}

interface Graph {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly nodes: readonly Node[];
  /** Encoded tensors. */
  readonly constants?: readonly Uint8Array[];
}

/** `x` → `y`, the same; an empty shape is a scalar. */
export function identityModel(options: {
  readonly type: ElementType;
  readonly shape: readonly Dimension[];
}): Uint8Array {
  return onnxModel({
    inputs: [{ name: "x", ...options }],
    outputs: [{ name: "y", ...options }],
    nodes: [{ op: "Identity", inputs: ["x"], outputs: ["y"] }],
  });
}

/** `a` + `b` → `sum`, both FP32 of one shape: for what concerns more than one input. */
export function addModel(shape: readonly Dimension[]): Uint8Array {
  const value = (name: string) => ({ name, type: "FP32", shape }) as const;
  return onnxModel({
    inputs: [value("a"), value("b")],
    outputs: [value("sum")],
    nodes: [{ op: "Add", inputs: ["a", "b"], outputs: ["sum"] }],
  });
}

/** `features` [batch, widths[0]] → `scores` [batch, last width]: a ReLU between the layers, weights always the same. */
export function mlpModel(widths: readonly number[]): Uint8Array {
  const constants: Uint8Array[] = [];
  const nodes: Node[] = [];
  let last = "features";
  for (const [at, output] of widths.slice(1).entries()) {
    const input = widths[at] ?? 0;
    const weights = Float32Array.from({ length: input * output }, (_, n) => Math.sin(n) / input);
    constants.push(constant({ name: `w${at}`, shape: [input, output], data: weights }));
    constants.push(constant({ name: `b${at}`, shape: [output], data: new Float32Array(output) }));
    const isLast = at === widths.length - 2;
    const sum = isLast ? "scores" : `sum${at}`;
    nodes.push({ op: "MatMul", inputs: [last, `w${at}`], outputs: [`product${at}`] });
    nodes.push({ op: "Add", inputs: [`product${at}`, `b${at}`], outputs: [sum] });
    last = `hidden${at}`;
    if (!isLast) nodes.push({ op: "Relu", inputs: [sum], outputs: [last] });
  }
  return onnxModel({
    inputs: [{ name: "features", type: "FP32", shape: ["batch", widths[0] ?? 0] }],
    outputs: [{ name: "scores", type: "FP32", shape: ["batch", widths.at(-1) ?? 0] }],
    nodes,
    constants,
  });
}

/** `index` [batch] → `y`, the index itself; a run throws for any outside 0 to 3. */
export function throwingModel(): Uint8Array {
  return onnxModel({
    inputs: [{ name: "index", type: "INT64", shape: ["batch"] }],
    outputs: [{ name: "y", type: "FP32", shape: ["batch"] }],
    nodes: [{ op: "Gather", inputs: ["table", "index"], outputs: ["y"] }],
    constants: [constant({ name: "table", shape: [4], data: Float32Array.of(0, 1, 2, 3) })],
  });
}

/** `x` [batch] → `y` = x ÷ x, so NaN for 0. */
export function nanModel(): Uint8Array {
  return onnxModel({
    inputs: [{ name: "x", type: "FP32", shape: ["batch"] }],
    outputs: [{ name: "y", type: "FP32", shape: ["batch"] }],
    nodes: [{ op: "Div", inputs: ["x", "x"], outputs: ["y"] }],
  });
}

/** `x` [rows, columns] → `y` [columns], the sum over the rows: first dimensions that vary and are no batch. */
export function sumRowsModel(): Uint8Array {
  return onnxModel({
    inputs: [{ name: "x", type: "FP32", shape: ["rows", "columns"] }],
    outputs: [{ name: "y", type: "FP32", shape: ["columns"] }],
    nodes: [
      {
        op: "ReduceSum",
        inputs: ["x", "axes"],
        outputs: ["y"],
        attributes: [integer("keepdims", 0)],
      },
    ],
    constants: [constant({ name: "axes", shape: [1], data: BigInt64Array.of(0n) })],
  });
}

/** `x` [batch, width] → `y` [batch, 4 at most], its first columns: a small answer, however large the question. */
export function firstColumnsModel(): Uint8Array {
  const whole = (name: string, value: bigint) =>
    constant({ name, shape: [1], data: BigInt64Array.of(value) });
  return onnxModel({
    inputs: [{ name: "x", type: "FP32", shape: ["batch", "width"] }],
    outputs: [{ name: "y", type: "FP32", shape: ["batch", "kept"] }],
    nodes: [{ op: "Slice", inputs: ["x", "start", "end", "axis"], outputs: ["y"] }],
    constants: [whole("start", 0n), whole("end", 4n), whole("axis", 1n)],
  });
}

/** `rounds` [batch] → `y`, the same: a run takes about a millisecond for each round of the batch's largest. */
export function slowModel(): Uint8Array {
  const state = { type: "FP32", shape: [256, 256] } as const;
  const round: Graph = {
    inputs: [
      { name: "round", type: "INT64", shape: [] },
      { name: "again", type: "BOOL", shape: [] },
      { name: "state", ...state },
    ],
    outputs: [
      { name: "again_still", type: "BOOL", shape: [] },
      { name: "next", ...state },
    ],
    nodes: [
      { op: "Identity", inputs: ["again"], outputs: ["again_still"] },
      { op: "MatMul", inputs: ["state", "state"], outputs: ["next"] },
    ],
  };
  return onnxModel({
    inputs: [{ name: "rounds", type: "INT64", shape: ["batch"] }],
    outputs: [{ name: "y", type: "INT64", shape: ["batch"] }],
    nodes: [
      {
        op: "ReduceMax",
        inputs: ["rounds"],
        outputs: ["most"],
        attributes: [integer("keepdims", 0)],
      },
      { op: "ConstantOfShape", inputs: ["size"], outputs: ["zeros"] },
      {
        op: "Loop",
        inputs: ["most", "", "zeros"],
        outputs: ["end"],
        attributes: [subgraph("body", round)],
      },
      // The zero at the end keeps ONNX Runtime from dropping the loop as unused.
      { op: "ReduceSum", inputs: ["end"], outputs: ["zero"], attributes: [integer("keepdims", 0)] },
      {
        op: "Cast",
        inputs: ["zero"],
        outputs: ["whole"],
        attributes: [castTo("INT64")],
      },
      { op: "Add", inputs: ["rounds", "whole"], outputs: ["y"] },
    ],
    constants: [constant({ name: "size", shape: [2], data: BigInt64Array.of(256n, 256n) })],
  });
}

/** `x` [batch, 2] plus two numbers that stand in another file, `location`, as 8 bytes of little-endian FP32. */
export function externalDataModel(location: string): Uint8Array {
  const external = message(
    [1, 2],
    [2, ELEMENT_TYPES.FP32],
    [8, "added"],
    [13, message([1, "location"], [2, location])],
    [14, 1],
  );
  return onnxModel({
    inputs: [{ name: "x", type: "FP32", shape: ["batch", 2] }],
    outputs: [{ name: "y", type: "FP32", shape: ["batch", 2] }],
    nodes: [{ op: "Add", inputs: ["x", "added"], outputs: ["y"] }],
    constants: [external],
  });
}

/** Turns values into another type, as an attribute of `Cast`. */
export function castTo(type: ElementType): Uint8Array {
  return integer("to", ELEMENT_TYPES[type]);
}

/** An ONNX file. Field numbers are those of onnx.proto; opset 17 with IR 8 is what exporters of today write. */
export function onnxModel(graph: Graph): Uint8Array {
  return message([1, 8], [7, encodeGraph(graph)], [8, message([2, 17])]);
}

export function constant(options: {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}): Uint8Array {
  const { name, shape, data } = options;
  const type = data instanceof Float32Array ? ELEMENT_TYPES.FP32 : ELEMENT_TYPES.INT64;
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return message(...shape.map((size): Field => [1, size]), [2, type], [8, name], [9, raw]);
}

function encodeGraph({ inputs, outputs, nodes, constants = [] }: Graph): Uint8Array {
  return message(
    ...nodes.map((node): Field => [1, encodeNode(node)]),
    [2, "graph"],
    ...constants.map((tensor): Field => [5, tensor]),
    ...inputs.map((value): Field => [11, encodeValue(value)]),
    ...outputs.map((value): Field => [12, encodeValue(value)]),
  );
}

function encodeNode({ op, inputs, outputs, attributes = [] }: Node): Uint8Array {
  return message(
    ...inputs.map((name): Field => [1, name]),
    ...outputs.map((name): Field => [2, name]),
    [4, op],
    ...attributes.map((attribute): Field => [5, attribute]),
  );
}

function encodeValue({ name, type, shape }: Value): Uint8Array {
  const dimensions = shape.map(
    (size): Field => [1, message([typeof size === "number" ? 1 : 2, size])],
  );
  const tensorType = message([1, ELEMENT_TYPES[type]], [2, message(...dimensions)]);
  return message([1, name], [2, message([1, tensorType])]);
}

export function integer(name: string, value: number): Uint8Array {
  return message([1, name], [3, value], [20, 2]);
}

export function integers(name: string, values: readonly number[]): Uint8Array {
  return message([1, name], ...values.map((value): Field => [8, value]), [20, 7]);
}

function subgraph(name: string, graph: Graph): Uint8Array {
  return message([1, name], [6, encodeGraph(graph)], [20, 5]);
}

type Field = readonly [number: number, value: number | string | Uint8Array];

/** Protocol Buffers' wire format, as far as ONNX files need it: variable-length integers and counted bytes. */
function message(...fields: readonly Field[]): Uint8Array {
  return Buffer.concat(
    fields.flatMap(([number, value]) => {
      if (typeof value === "number") return [varint(number * 8), varint(value)];
      const bytes = Buffer.from(value);
      return [varint(number * 8 + 2), varint(bytes.length), bytes];
    }),
  );
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Uint8Array.of(...bytes, rest);
}
