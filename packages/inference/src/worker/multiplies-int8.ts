import { readFileSync } from "node:fs";

/** Flags of x86 processors that sum products of 8-bit numbers in 32 bits, in the kernels that ONNX Runtime has. */
const EXACT = /\b(avx512_vnni|avx_vnni)\b/;

/** Where this processor's int8 products are exact and fast; false where it cannot be told. */
export function multipliesInt8(cpuInfo = readCpuInfo()): boolean {
  return EXACT.test(cpuInfo);
}

function readCpuInfo(): string {
  try {
    return readFileSync("/proc/cpuinfo", "utf8");
  } catch {
    return "";
  }
}
