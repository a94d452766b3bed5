/** Counters over all processes of all replicas. */
export interface Recalls extends AsyncDisposable {
  /** Asks now, too: what a process has counted is gone with it. */
  read(): Promise<RecallCounts>;
}

export interface RecallCounts {
  /** Turns by where they found their conversation: "hit", or why it was restored from the store. */
  readonly found: Readonly<Record<string, number>>;
  readonly repeated: number;
  readonly conflicts: number;
}

const EVERY_MS = 250;
const SAMPLE =
  /^(flotilla_session_(?:recalls|repeated_turns|conflicts)_total)\{(?<labels>[^}]*)\} (?<value>\S+)$/gm;

/** Follows the counters of a fleet's replicas, which begin at 0 again with each process. */
export function watchRecalls(opsUrl: string): Recalls {
  const series = new Map<string, { total: number; last: number }>();
  const take = async () => {
    // The gateway may be away, and a replica be missing on its page.
    const page = await fetch(`${opsUrl}/metrics`).then(
      (answer) => answer.text(),
      () => "",
    );
    for (const [, name, labels, value] of page.matchAll(SAMPLE)) {
      const key = `${name}{${labels}}`;
      const { total, last } = series.get(key) ?? { total: 0, last: 0 };
      const now = Number(value);
      series.set(key, { total: total + now - (now < last ? 0 : last), last: now });
    }
  };
  let asking = Promise.resolve();
  const ask = () => {
    asking = asking.then(take);
    return asking;
  };
  const timer = setInterval(ask, EVERY_MS);
  return {
    async read() {
      await ask();
      const found: Record<string, number> = {};
      const counts = { repeated: 0, conflicts: 0 };
      for (const [key, { total }] of series) {
        const reason = /found="(\w+)"/.exec(key)?.[1];
        if (reason !== undefined) found[reason] = (found[reason] ?? 0) + total;
        else if (key.includes("_repeated_")) counts.repeated += total;
        else counts.conflicts += total;
      }
      return { found, ...counts };
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await asking;
    },
  };
}
