/** A `handler.ts` for the sum of `a` and `b`, [batch, 2] each; `steps` are what is in it beside input and examples. */
export function handlerText(steps: string): string {
  return `import { defineHandler, makeTensor, RejectedInput, slice, stack, t } from "@flotilla/handler";

export const handler = defineHandler()({
  input: t.Object({ x: t.Number() }, { additionalProperties: false }),
  examples: [{ x: 1 }, { x: -2.5 }],
  ${steps.trim()}
});
`;
}

/** `x` twice, and 1 and 2. */
export const PREPROCESS = `preprocess: ({ x }) => ({
    a: makeTensor("FP32", [1, 2], [x, x]),
    b: makeTensor("FP32", [1, 2], [1, 2]),
  }),
  `;

export const POSTPROCESS = "postprocess: ({ sum }) => ({ sums: sum.data }),";
