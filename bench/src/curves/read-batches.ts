/** Batches by their rows, of one model since its replicas started. */
export interface Batches {
  readonly count: number;
  readonly rows: number;
  /** How many have at most so many rows, in ascending order. */
  readonly upTo: readonly { readonly rows: number; readonly count: number }[];
}

const METRIC = "flotilla_batch_rows";

/** Sums the histograms of several replicas' /metrics. */
export function readBatches(pages: readonly string[], model: string): Batches {
  const sum = (suffix: string) =>
    pages.reduce((total, page) => total + (samples(page, suffix, model)[0]?.value ?? 0), 0);
  const upTo = new Map<number, number>();
  for (const { le, value } of pages.flatMap((page) => samples(page, "_bucket", model))) {
    upTo.set(le, (upTo.get(le) ?? 0) + value);
  }
  return {
    count: sum("_count"),
    rows: sum("_sum"),
    upTo: [...upTo]
      .map(([rows, count]) => ({ rows, count }))
      .toSorted((one, other) => one.rows - other.rows),
  };
}

export function batchesSince(before: Batches, after: Batches): Batches {
  const earlier = new Map(before.upTo.map(({ rows, count }) => [rows, count]));
  return {
    count: after.count - before.count,
    rows: after.rows - before.rows,
    upTo: after.upTo.map(({ rows, count }) => ({ rows, count: count - (earlier.get(rows) ?? 0) })),
  };
}

/** The least bound that so large a share of the batches keeps. */
export function rowsAt({ upTo, count }: Batches, share: number): number {
  return upTo.find((bucket) => bucket.count >= share * count)?.rows ?? Number.NaN;
}

function samples(page: string, suffix: string, model: string) {
  const lines = page.split("\n").filter((line) => line.startsWith(`${METRIC}${suffix}{`));
  return lines.flatMap((line) => {
    const [, labels = "", value] = /\{(.*)\} (\S+)$/.exec(line) ?? [];
    if (!labels.split(",").includes(`model="${model}"`)) return [];
    const le = /le="([^"]+)"/.exec(labels)?.[1];
    return [{ le: le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le), value: Number(value) }];
  });
}
