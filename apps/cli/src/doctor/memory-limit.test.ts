import { expect, test } from "bun:test";
import { memoryLimit } from "./memory-limit.ts";

const V2 = "/sys/fs/cgroup/memory.max";
const V1 = "/sys/fs/cgroup/memory/memory.limit_in_bytes";

test.each([
  [{}, undefined],
  [{ [V2]: "max" }, undefined],
  [{ [V2]: "536870912" }, 536_870_912],
  [{ [V1]: "268435456" }, 268_435_456],
])(
  "the memory that a cgroup allows, %j, is %p",
  (files: Readonly<Record<string, string>>, bytes) => {
    expect(memoryLimit((path) => files[path])).toBe(bytes as number | undefined);
  },
);
