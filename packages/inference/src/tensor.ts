import type { Datatype } from "./datatype.ts";

export {
  allocateData,
  elementCount,
  type Tensor,
  type TensorData,
  type Tensors,
} from "@flotilla/handler";

/** An input or output as the ONNX file declares it; −1 is a variable dimension. */
export interface TensorSpec {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  /** The variable dimensions' names, by position: equal names must have equal sizes in one request. */
  readonly symbols: readonly (string | undefined)[];
}
