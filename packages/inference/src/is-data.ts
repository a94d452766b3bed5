import type { Data } from "@flotilla/handler";

/** No JSON holds bytes. */
export function isData(input: unknown): input is Data {
  const { data } = (input ?? {}) as Partial<Data>;
  return data instanceof Uint8Array;
}
