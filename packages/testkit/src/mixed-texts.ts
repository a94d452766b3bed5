const WORDS =
  "the quick brown fox jumps over lazy dogs while replicas behind proxies answer conversations server model release failed monday coffee rain train".split(
    " ",
  );

/** Texts of 4 to 127 words, all different, always the same. */
export function mixedTexts(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) =>
    Array.from(
      { length: 4 + ((at * 37) % 124) },
      (_, word) => WORDS[(at * 5 + word * 7 + at * word) % WORDS.length],
    ).join(" "),
  );
}

/** Of two vectors of one length; NaN for others. */
export function cosine(one: readonly number[], other: readonly number[]): number {
  if (one.length !== other.length || one.length === 0) return Number.NaN;
  const dot = one.reduce((sum, value, at) => sum + value * (other[at] ?? 0), 0);
  return dot / (Math.hypot(...one) * Math.hypot(...other));
}
