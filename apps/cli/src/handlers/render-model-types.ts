import type { TensorSpec } from "@flotilla/inference/tensor";
import type { Signature } from "@flotilla/inference/worker/open-session";
import { propertyName } from "./property-name.ts";

/** `model.types.ts`: a model's tensors by their names, for a handler beside it. Equal models give equal bytes. */
export function renderModelTypes({ inputs, outputs, state }: Signature): string {
  const states = state.map(({ input, datatype, shape }) => ({ name: input, datatype, shape }));
  return `// Written by \`flotilla types\` from the ONNX file; it is overwritten.
import type { Tensor } from "@flotilla/handler";

export interface Model {
${[
  ...tensorsBlock("inputs", inputs),
  ...tensorsBlock("outputs", outputs),
  ...(state.length === 0 ? [] : tensorsBlock("state", states)),
].join("\n")}
}
`;
}

type NamedTensor = Pick<TensorSpec, "name" | "datatype" | "shape">;

function tensorsBlock(key: string, tensors: readonly NamedTensor[]): readonly string[] {
  const lines = tensors.map((tensor) => `    ${propertyName(tensor.name)}: ${tensorType(tensor)};`);
  return [`  ${key}: {`, ...lines, "  };"];
}

function tensorType({ datatype, shape }: NamedTensor): string {
  const sizes = shape.map((size) => (size === -1 ? "number" : `${size}`));
  return `Tensor<"${datatype}", [${sizes.join(", ")}]>`;
}
