/** What a `handler.ts` may import from "@flotilla/handler", and the built-in tasks do. */
export { Type as t } from "@sinclair/typebox";
export { ARRAYS, type Datatype } from "./datatype.ts";
export {
  type Data,
  defineHandler,
  type ExampleFile,
  MEDIA_TYPES,
  type MediaType,
  type ModelTypes,
  type SetupContext,
} from "./define-handler.ts";
export type { Handler, StepContext } from "./handler.ts";
export { makeTensor } from "./make-tensor.ts";
export { normalise, softmax, topK, unitLength } from "./numbers.ts";
export { isRejectedInput, RejectedInput } from "./rejected-input.ts";
export {
  allocateData,
  elementCount,
  type Tensor,
  type TensorData,
  type Tensors,
} from "./tensor.ts";
export { slice, stack } from "./tensor-rows.ts";
