import type { BareRun } from "./bare-protocol.ts";

/** As many inputs as a busy server may have waiting. */
const WINDOW = 32;

/** Inputs by their lengths, as positions in batches; what would not fill a batch is left out. */
export function cutBatches(
  lengths: readonly number[],
  { batch, order }: Pick<BareRun, "batch" | "order">,
): readonly (readonly number[])[] {
  const positions = [...lengths.keys()];
  const window = Math.max(WINDOW, batch);
  const arranged =
    order === "blind"
      ? positions
      : chunksOf(positions, window).flatMap((chunk) =>
          chunk.toSorted((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0)),
        );
  return chunksOf(arranged, batch).filter((chunk) => chunk.length === batch);
}

function chunksOf<T>(values: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, at) =>
    values.slice(at * size, (at + 1) * size),
  );
}
