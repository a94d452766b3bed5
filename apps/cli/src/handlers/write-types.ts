import { join } from "node:path";
import { type Checked, refused } from "@flotilla/common/checked";
import { readSignature } from "@flotilla/inference/worker/read-signature";
import type { HandlerFolder } from "./handler-folders.ts";
import { renderModelTypes } from "./render-model-types.ts";

export interface WrittenTypes {
  readonly path: string;
  /** What was there: the same, something else, or nothing. */
  readonly before: "same" | "stale" | "none";
}

/** Writes a folder's `model.types.ts`, unless it is fresh; undefined for a handler without a model of its own. */
export async function writeTypes({
  folder,
  sources,
}: HandlerFolder): Promise<Checked<WrittenTypes | undefined>> {
  const texts: string[] = [];
  for (const { onnxFile, state } of sources) {
    if (onnxFile === undefined) continue;
    const signature = await readSignature({ onnxFile, state });
    if (!signature.ok) return signature;
    texts.push(renderModelTypes(signature.value));
  }
  const text = texts.at(-1);
  if (text === undefined) return { ok: true, value: undefined };
  if (texts.some((other) => other !== text)) return refused(differ(sources));
  const path = join(folder, "model.types.ts");
  try {
    const file = Bun.file(path);
    const old = (await file.exists()) ? await file.text() : undefined;
    const before = old === undefined ? "none" : old === text ? "same" : "stale";
    if (before !== "same") await Bun.write(path, text);
    return { ok: true, value: { path, before } };
  } catch (error) {
    return refused(
      `${path}: cannot be written: ${(error as Error).message}; mend: let this user write it`,
    );
  }
}

function differ(sources: HandlerFolder["sources"]): string {
  const [first, ...others] = sources;
  const versions = [first, ...others].map((source) => source?.version).join(" and ");
  const mend = "give each version's folder a handler.ts of its own";
  return `${first?.handler?.file}: expected equal inputs and outputs of versions ${versions}, which share it; mend: ${mend}`;
}
