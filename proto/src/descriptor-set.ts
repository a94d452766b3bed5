import { readFileSync } from "node:fs";

/** A serialized `google.protobuf.FileDescriptorSet` of every .proto file here. */
export const descriptorSet: Buffer = readFileSync(
  new URL("../generated/descriptors.binpb", import.meta.url),
);
