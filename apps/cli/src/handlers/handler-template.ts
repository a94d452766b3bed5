import type { TensorSpec } from "@flotilla/inference/tensor";
import type { Signature } from "@flotilla/inference/worker/open-session";
import { fieldNames } from "./field-names.ts";
import { propertyAccess, propertyName } from "./property-name.ts";

/** One of a model's inputs as a client sends it. */
export interface InputField {
  readonly field: string;
  readonly tensor: TensorSpec;
  /** The tensor's, less the batch where a request is one row of it. */
  readonly dimensions: readonly number[];
}

/** Whether one input is one row; else it is all that the tensor holds. */
function isRow(batch: Signature["batch"]): boolean {
  return batch === "dynamic" || batch === 1;
}

export function inputFields({ inputs, batch }: Signature): readonly InputField[] {
  const names = fieldNames(inputs.map(({ name }) => name));
  return inputs.map((tensor, at) => ({
    field: names[at] ?? "",
    tensor,
    dimensions: isRow(batch) ? tensor.shape.slice(1) : tensor.shape,
  }));
}

/** A `handler.ts` that takes each input as a field of JSON and answers with each output: what its user begins with. */
export function renderHandler(signature: Signature): string {
  const { outputs, batch } = signature;
  const fields = inputFields(signature);
  const checks = fields.flatMap((field, at) => lengthChecks(field, fields.slice(0, at), batch));
  const names = fieldNames(outputs.map(({ name }) => name));
  const imports = [
    "defineHandler",
    ...(checks.some((line) => line.includes("elementCount(")) ? ["elementCount"] : []),
    ...(fields.length > 0 ? ["makeTensor"] : []),
    ...(checks.length > 0 ? ["RejectedInput"] : []),
    "t",
  ];
  const tensors = fields.map((field) => tensorLine(field, batch));
  const answers = outputs.map((output, at) => `      ${names[at]}: ${answerOf(output, batch)},`);
  return `import { ${imports.join(", ")} } from "@flotilla/handler";
import example from "./example.json" with { type: "json" };
import type { Model } from "./model.types.ts";

// What clients send becomes the model's inputs, and its outputs become the answer: make both what your clients want.
export const handler = defineHandler<Model>()({
  input: t.Object(
    {
${fields.map(({ field, tensor, dimensions }) => `      ${field}: ${schemaOf(tensor, dimensions)},`).join("\n")}
    },
    { additionalProperties: false },
  ),
  examples: [example],

  preprocess(${fields.length > 0 ? "input" : ""}) {
${checks.map((line) => `    ${line}\n`).join("")}    return {
${tensors.map((line) => `      ${line}\n`).join("")}    };
  },

  postprocess(outputs) {
    return {
${answers.join("\n")}
    };
  },
});
`;
}

const WHOLE_NUMBERS: Readonly<Record<string, readonly [minimum: number, maximum: number]>> = {
  UINT8: [0, 2 ** 8 - 1],
  UINT16: [0, 2 ** 16 - 1],
  UINT32: [0, 2 ** 32 - 1],
  INT8: [-(2 ** 7), 2 ** 7 - 1],
  INT16: [-(2 ** 15), 2 ** 15 - 1],
  INT32: [-(2 ** 31), 2 ** 31 - 1],
};

function schemaOf(tensor: TensorSpec, [size, ...rest]: readonly number[]): string {
  if (size === undefined) return elementSchema(tensor);
  const bounds = size === -1 ? "minItems: 1" : `minItems: ${size}, maxItems: ${size}`;
  return `t.Array(${schemaOf(tensor, rest)}, { ${bounds} })`;
}

function elementSchema({ datatype }: TensorSpec): string {
  const [minimum, maximum] = WHOLE_NUMBERS[datatype] ?? [];
  if (maximum !== undefined) return `t.Integer({ minimum: ${minimum}, maximum: ${maximum} })`;
  switch (datatype) {
    case "BOOL":
      return "t.Boolean()";
    case "BYTES":
      return "t.String()";
    case "INT64":
      return "t.Integer()";
    case "UINT64":
      return "t.Integer({ minimum: 0 })";
    default:
      return "t.Number()";
  }
}

function tensorLine({ field, tensor, dimensions }: InputField, batch: Signature["batch"]): string {
  const { name, datatype } = tensor;
  const shape = isRagged(dimensions)
    ? `${field}Shape`
    : shapeOf({ field, tensor, dimensions }, batch);
  const elements = `${elementsOf(field, dimensions)}${conversionTo(datatype)}`;
  return `${propertyName(name)}: makeTensor("${datatype}", ${shape}, ${elements}),`;
}

function elementsOf(field: string, { length: depth }: readonly number[]): string {
  if (depth === 0) return `[input.${field}]`;
  return depth === 1 ? `input.${field}` : `input.${field}.flat(${depth === 2 ? "" : depth - 1})`;
}

function conversionTo(datatype: TensorSpec["datatype"]): string {
  if (datatype === "BOOL") return ".map(Number)";
  return datatype === "INT64" || datatype === "UINT64" ? ".map(BigInt)" : "";
}

function shapeOf({ field, dimensions }: InputField, batch: Signature["batch"]): string {
  const sizes = dimensions.map((size, at) => {
    if (size !== -1) return `${size}`;
    return at === 0
      ? `input.${field}.length`
      : `input.${field}[0]${"?.[0]".repeat(at - 1)}?.length ?? 0`;
  });
  return `[${[...(isRow(batch) ? ["1"] : []), ...sizes].join(", ")}]`;
}

/** Lists inside lists, of any length: a schema does not say that they are all of one. */
function isRagged(dimensions: readonly number[]): boolean {
  return dimensions.slice(1).includes(-1);
}

/** What a schema cannot say: lists inside lists, and those of two inputs that belong together, are of one length. */
function lengthChecks(
  one: InputField,
  before: readonly InputField[],
  batch: Signature["batch"],
): readonly string[] {
  const { field, tensor, dimensions } = one;
  const first = isRow(batch) ? 1 : 0;
  const symbol = dimensions[0] === -1 ? tensor.symbols[first] : undefined;
  const twin = before.find(
    (other) =>
      symbol !== undefined && other.dimensions[0] === -1 && other.tensor.symbols[first] === symbol,
  );
  return [
    ...(isRagged(dimensions)
      ? [
          `const ${field}Shape = ${shapeOf(one, batch)} as const;`,
          `if (${elementsOf(field, dimensions)}.length !== elementCount(${field}Shape)) {`,
          `  throw new RejectedInput("${field}: expected lists of one length");`,
          "}",
        ]
      : []),
    ...(twin === undefined
      ? []
      : [
          `if (input.${field}.length !== input.${twin.field}.length) {`,
          `  throw new RejectedInput("${field}: expected as many as ${twin.field} has");`,
          "}",
        ]),
  ];
}

function answerOf({ name, datatype, shape }: TensorSpec, batch: Signature["batch"]): string {
  const data = `outputs${propertyAccess(name)}.data`;
  const isOne = (isRow(batch) ? shape.slice(1) : shape).every((size) => size === 1);
  if (datatype === "BOOL") return isOne ? `${data}[0] === 1` : `Array.from(${data}, Boolean)`;
  return isOne ? `${data}[0]` : data;
}
