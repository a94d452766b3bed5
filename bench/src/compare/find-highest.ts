/** How close to each other a rate that holds and one that does not are at the end. */
const CLOSE = 1.05;

/** The highest rate that holds, by halving between one that should and one that should not; 0 if not even that holds. */
export async function findHighest(options: {
  readonly low: number;
  readonly high: number;
  readonly holds: (rate: number) => Promise<boolean>;
}): Promise<number> {
  const { holds } = options;
  let { low, high } = options;
  if (!(await holds(low))) return 0;
  while (high / low > CLOSE) {
    const rate = Math.sqrt(low * high);
    if (await holds(rate)) low = rate;
    else high = rate;
  }
  return low;
}
