/**
 * How much of a text is looked at: first what is nearly always enough, and only where that makes too few tokens the
 * most. What lies beyond is dropped, however few tokens there are: 16 MB of white space or of one unbroken word would
 * keep the worker busy for longer than a run may take, and one request could end a replica.
 */
const CHARACTERS_PER_TOKEN = [16, 64];

/** A long text's first tokens, or its last: at least `most` where it has as many, so that the caller cuts. */
export function encodeBounded(options: {
  readonly encode: (text: string) => readonly number[];
  readonly text: string;
  readonly most: number;
  readonly keep: "head" | "tail";
}): readonly number[] {
  const { encode, text, most, keep } = options;
  const part = keep === "head" ? headOf : tailOf;
  let all: readonly number[] = [];
  for (const perToken of CHARACTERS_PER_TOKEN) {
    all = encode(part(text, most * perToken));
    if (all.length >= most || text.length <= most * perToken) break;
  }
  return all;
}

/** The text up to the last white space before `characters`, so that no word is cut in two. */
function headOf(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const head = text.slice(0, characters);
  const cut = head.search(/\s\S*$/u);
  return cut > 0 ? head.slice(0, cut) : head;
}

/** The text from the first white space of its last `characters` on. */
function tailOf(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const tail = text.slice(-characters);
  const cut = tail.search(/\s/u);
  return cut > 0 ? tail.slice(cut) : tail;
}
