import type { Data } from "@flotilla/handler";
import type { TaskInput } from "./inference-request.ts";

/** No JSON holds bytes. */
export function isData(input: TaskInput): input is Data {
  return "data" in input && input.data instanceof Uint8Array;
}
