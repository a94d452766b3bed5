const PLACES_BITS = 12;
const LONGEST = 3;

/** A text as a vector: how often each run of one to three characters is in it, hashed. As training/ngrams.py. */
export function ngrams(text: string): Float32Array {
  const letters = text
    .normalize("NFC")
    .toLowerCase()
    .replaceAll(/[^\p{L}]+/gu, " ")
    .trim();
  const characters = Array.from(` ${letters} `, (character) => character.codePointAt(0) ?? 0);
  const counts = new Float32Array(1 << PLACES_BITS);
  for (const start of characters.keys()) {
    let place = 2_166_136_261;
    for (const character of characters.slice(start, start + LONGEST)) {
      place = Math.imul(place ^ character, 16_777_619);
      const bucket = place >>> (32 - PLACES_BITS);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
    }
  }
  return counts;
}
