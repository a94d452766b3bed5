/** What `GET /models` says of one model. */
export interface ModelDescription {
  readonly name: string;
  readonly versions: readonly string[];
  readonly default_version: string;
  readonly task: string;
  readonly inputs: readonly TensorDescription[];
  /** Of a handler, as far as it takes JSON. */
  readonly examples?: readonly object[];
}

interface TensorDescription {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
}

/** A request that this model answers, as HTTP's body and as gRPC's message. */
export interface ExampleRequest {
  readonly http: object;
  readonly grpc: object;
}

const EXAMPLE_TEXT = { text: "the rollout was painless" };

/** More do not fit on a line to paste. */
const ELEMENTS_LIMIT = 64;

const CONTENTS_FIELD: Readonly<Record<string, string>> = {
  BOOL: "boolContents",
  INT8: "intContents",
  INT16: "intContents",
  INT32: "intContents",
  INT64: "int64Contents",
  UINT8: "uintContents",
  UINT16: "uintContents",
  UINT32: "uintContents",
  UINT64: "uint64Contents",
  FP32: "fp32Contents",
  FP64: "fp64Contents",
  BYTES: "bytesContents",
};

/** Undefined where the inputs are too large to show, or no JSON. */
export function exampleRequest(model: ModelDescription): ExampleRequest | undefined {
  if (model.task === "handler") {
    const [http] = model.examples ?? [];
    return http && { http, grpc: { json: http } };
  }
  if (model.task !== "tensor") return { http: EXAMPLE_TEXT, grpc: EXAMPLE_TEXT };
  const tensors = model.inputs.map((input) => exampleTensor(input));
  if (tensors.some(({ elements }) => elements > ELEMENTS_LIMIT)) return undefined;
  return {
    http: { inputs: Object.fromEntries(tensors.map(({ name, nested }) => [name, nested])) },
    grpc: {
      tensors: { inputs: Object.fromEntries(tensors.map(({ name, message }) => [name, message])) },
    },
  };
}

/** Every variable dimension is 1, so that inputs which share one fit together. */
function exampleTensor({ name, datatype, shape: given }: TensorDescription) {
  const shape = given.map((size) => (size < 0 ? 1 : size));
  const elements = shape.reduce((product, size) => product * size, 1);
  const [http, grpc] = exampleElement(datatype);
  const few = Math.min(elements, ELEMENTS_LIMIT + 1);
  const field = CONTENTS_FIELD[datatype];
  // FP16 has no readable contents: two zero bytes each, in base64 as JSON writes bytes.
  const data =
    field === undefined
      ? { raw: Buffer.alloc(2 * few).toString("base64") }
      : { contents: { [field]: Array(few).fill(grpc) } };
  return {
    name,
    elements,
    nested: elements > ELEMENTS_LIMIT ? [] : nest(http, shape),
    message: { datatype, shape, ...data },
  };
}

/** As HTTP's JSON has it, and as the JSON of a Protocol Buffers message has it. */
function exampleElement(datatype: string): readonly [unknown, unknown] {
  if (datatype === "BOOL") return [false, false];
  if (datatype === "BYTES") return ["text", Buffer.from("text").toString("base64")];
  return [0, 0];
}

function nest(element: unknown, shape: readonly number[]): unknown {
  const [size, ...rest] = shape;
  return size === undefined ? element : Array.from({ length: size }, () => nest(element, rest));
}
