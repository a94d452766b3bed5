import { failed, type Outcome, success } from "@flotilla/common/failure";
import type { Sampling } from "@flotilla/inference/inference-request";

/** A seed of 32 bits, and a temperature of 100 at most: what the generator takes. */
export function parseSampling({
  seed,
  temperature,
}: {
  readonly seed?: unknown;
  readonly temperature?: unknown;
}): Outcome<Sampling> {
  if (
    seed !== undefined &&
    !(Number.isInteger(seed) && Number(seed) >= 0 && Number(seed) < 2 ** 32)
  ) {
    return failed("invalid-input", "seed must be a whole number from 0 to 4294967295");
  }
  if (
    temperature !== undefined &&
    !(typeof temperature === "number" && temperature >= 0 && temperature <= 100)
  ) {
    return failed("invalid-input", "temperature must be a number from 0 to 100");
  }
  return success({
    ...(seed !== undefined && { seed: Number(seed) }),
    ...(temperature !== undefined && { temperature }),
  });
}
