import { mlpModel } from "@flotilla/testkit/onnx-builder";

/** `features` [batch, 2] → `scores` [batch, 3]. */
export const SCORES = mlpModel([2, 3]);

/** A handler of it; `parts` take the place of what is right. */
export function scoresHandler(
  parts: { readonly imports?: string; readonly preprocess?: string } = {},
): string {
  const { imports = "", preprocess = 'features: makeTensor("FP32", [1, 2], [width, height])' } =
    parts;
  return `import { defineHandler, makeTensor, t } from "@flotilla/handler";
import type { Model } from "./model.types.ts";
${imports}
export const handler = defineHandler<Model>()({
  input: t.Object({ width: t.Number(), height: t.Number() }, { additionalProperties: false }),
  examples: [{ width: 1, height: 2 }],
  preprocess: ({ width, height }) => ({ ${preprocess} }),
  postprocess: (outputs) => ({ best: outputs.scores.data[0] }),
});
`;
}
