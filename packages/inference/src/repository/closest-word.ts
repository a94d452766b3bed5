/** For "did you mean": the known word with the fewest edits, if they are few for its length. */
export function closestWord(word: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((candidate) => ({ candidate, edits: editDistance(word, candidate) }))
    .sort((a, b) => a.edits - b.edits);
  return best && best.edits <= Math.ceil(best.candidate.length / 3) ? best.candidate : undefined;
}

/** Levenshtein's, one row of the table at a time. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (const letter of from) {
    const above = row;
    row = [(above[0] ?? 0) + 1];
    for (let at = 1; at < above.length; at++) {
      const replaced = (above[at - 1] ?? 0) + (to[at - 1] === letter ? 0 : 1);
      row.push(Math.min(replaced, (above[at] ?? 0) + 1, (row[at - 1] ?? 0) + 1));
    }
  }
  return row.at(-1) ?? 0;
}
