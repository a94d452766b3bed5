import { failed, type Outcome, success } from "@flotilla/common/failure";
import { SETTINGS } from "@flotilla/common/settings";
import { Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";

const { replicas } = SETTINGS;

export const ScaleBody = Type.Object({ replicas }, { additionalProperties: false });

/** The body of `PUT /scale`. */
export async function readScale(request: Request): Promise<Outcome<number>> {
  if (!/^application\/json\s*(;|$)/i.test(request.headers.get("content-type") ?? "")) {
    return failed("unsupported-media-type", "send content-type: application/json");
  }
  const body: unknown = await request.json().catch(() => undefined);
  if (Value.Check(ScaleBody, body)) return success(body.replicas);
  const { minimum, maximum } = replicas;
  const detail = `send {"replicas": n}, with a whole number from ${minimum} to ${maximum}`;
  return failed("invalid-input", detail);
}
