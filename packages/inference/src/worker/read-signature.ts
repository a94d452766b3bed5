import type { Checked } from "@flotilla/common/checked";
import type { ModelSource } from "../model-source.ts";
import { openSession, type Signature } from "./open-session.ts";

/** What an ONNX file says that it takes and gives, for tools: as the worker reads it. */
export async function readSignature(
  source: Pick<ModelSource, "onnxFile" | "state">,
): Promise<Checked<Signature>> {
  const opened = await openSession(source, { threads: 1, isOptimised: false });
  if (!opened.ok) return opened;
  await opened.value.close();
  return { ok: true, value: opened.value.signature };
}
