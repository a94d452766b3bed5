import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Tensors } from "../tensor.ts";
import { generateReplies } from "./generate-replies.ts";

const END = 9;
const WIDTH = 4;

/** A state of every token that its row has read: the last `WIDTH` of them, the latest last. */
function stateOf(rows: readonly (readonly number[])[]): Tensors {
  const data = rows.flatMap((read) => [...new Array(WIDTH).fill(0), ...read].slice(-WIDTH));
  return {
    read: { datatype: "FP32", shape: [rows.length, WIDTH], data: Float32Array.from(data) },
  };
}

function rowsOf({ read }: Tensors): readonly (readonly number[])[] {
  const data = Array.from(read?.data as Float32Array);
  return Array.from({ length: data.length / WIDTH }, (_, row) =>
    data.slice(row * WIDTH, (row + 1) * WIDTH),
  );
}

/** Replies that are known beforehand, drawn token by token; `batches` are the rows of each run. */
async function generate(
  replies: readonly (readonly number[])[],
  options: { readonly maxTokens?: number; readonly readEnd?: boolean } = {},
) {
  const batches: number[] = [];
  const said: number[][] = replies.map(() => []);
  const after = await generateReplies({
    requests: replies.map((reply, position) => {
      const left = [...reply];
      return {
        prompt: [position + 1],
        draw: () => left.shift() ?? END,
        onToken: (token) => said[position]?.push(token),
      };
    }),
    state: stateOf(replies.map(() => [])),
    async run(rows, state) {
      batches.push(rows.length);
      const read = rowsOf(state).map((before, row) => [...before, ...(rows[row] ?? [])]);
      return { logits: new Float32Array(rows.length * 10), state: stateOf(read) };
    },
    maxTokens: options.maxTokens ?? 5,
    end: END,
    readEnd: options.readEnd ?? true,
  });
  return { batches, said, after: after.map((state) => rowsOf(state)[0]) };
}

describe("replies", () => {
  test("leave the batch when they end, and their states have read all of them and their ends", async () => {
    expect(await generate([[5, 6, 7], [], [8]])).toEqual({
      said: [[5, 6, 7], [], [8]],
      after: [
        [5, 6, 7, END],
        [0, 0, 2, END],
        [0, 3, 8, END],
      ],
      batches: [3, 3, 2, 1, 1],
    });
  });

  test("are not followed by ends that the model was not trained to read", async () => {
    expect(await generate([[5, 6, 7], [], [8]], { readEnd: false })).toEqual({
      said: [[5, 6, 7], [], [8]],
      after: [
        [1, 5, 6, 7],
        [0, 0, 0, 2],
        [0, 0, 3, 8],
      ],
      batches: [3, 2, 1, 1],
    });
  });

  test.each([
    [true, [1, 5, 5, END]],
    [false, [0, 1, 5, 5]],
  ])("that are cut have been read like any other, with the end read: %s", async (readEnd, read) => {
    const { said, after } = await generate([[5, 5, 5, 5]], { maxTokens: 2, readEnd });

    expect(said).toEqual([[5, 5]]);
    expect(after).toEqual([read]);
  });

  test("keep their order and their states, whoever ends when", async () => {
    const reply = fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.array(reply, { maxLength: 6 }), fc.boolean(), async (all, readEnd) => {
        const together = await generate(all, { readEnd });

        expect(together.said).toEqual(all.map((one) => one.slice(0, 5)));
        for (const [position, one] of all.entries()) {
          const read = [0, 0, 0, position + 1, ...one.slice(0, 5), ...(readEnd ? [END] : [])];
          expect(together.after[position]).toEqual(read.slice(-WIDTH));
        }
      }),
    );
  });
});
