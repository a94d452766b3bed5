export interface Line {
  readonly slope: number;
  /** At zero. */
  readonly base: number;
}

/** The line with the least squares. */
export function fitLine(points: readonly (readonly [x: number, y: number])[]): Line {
  const mean = (of: (point: readonly [number, number]) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean(([one]) => one), mean(([, other]) => other)];
  const spread = mean(([one]) => (one - x) ** 2);
  const slope = spread === 0 ? 0 : mean(([one, other]) => (one - x) * (other - y)) / spread;
  return { slope, base: y - slope * x };
}
