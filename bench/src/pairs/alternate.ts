/**
 * Measures each side once a round, so that a machine with a bad minute has it with all of them; whoever was first in
 * one round is last in the next.
 */
export async function alternate<T>(options: {
  readonly sides: readonly (() => Promise<T>)[];
  readonly rounds: number;
  readonly onRound?: (round: readonly T[]) => void;
}): Promise<readonly (readonly T[])[]> {
  const { sides, rounds, onRound } = options;
  const all: T[][] = [];
  for (let at = 0; at < rounds; at++) {
    const order = at % 2 === 0 ? [...sides.keys()] : [...sides.keys()].reverse();
    const measured = new Map<number, T>();
    for (const side of order) {
      const measure = sides[side];
      if (measure !== undefined) measured.set(side, await measure());
    }
    const round = [...measured].sort(([one], [other]) => one - other).map(([, slice]) => slice);
    onRound?.(round);
    all.push(round);
  }
  return all;
}
