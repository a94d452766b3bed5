/** The longest that a number is rendered to, with its comma: -1.1754943508222875e-38, */
const LONGEST = 24;

const CHUNK = 1_024;
const scratch = new Uint8Array(CHUNK * LONGEST);
const scratchText = Buffer.from(scratch.buffer);

const [COMMA, MINUS, POINT, ZERO] = [44, 45, 46, 48];

/** "000" to "999", one after the other. */
const TRIPLES = Uint8Array.from(
  Array.from({ length: 1_000 }, (_, at) => `${at}`.padStart(3, "0")).join(""),
  (digit) => digit.charCodeAt(0),
);

/**
 * A JSON array's numbers, with commas between them, that read back as the same float32; undefined where one is NaN or
 * infinite. As doubles, which is what JavaScript prints, an embedding takes 1.6 times the bytes and three times as long.
 */
export function joinFloats(values: Float32Array): string | undefined {
  let text = "";
  for (let start = 0; start < values.length; start += CHUNK) {
    const end = Math.min(start + CHUNK, values.length);
    let at = 0;
    for (let index = start; index < end; index++) {
      at = writeFloat(values[index] as number, at);
      if (at === -1) return undefined;
      scratch[at++] = COMMA;
    }
    text += scratchText.toString("latin1", 0, at);
  }
  return text.slice(0, -1);
}

/** Gives where it ends in `scratch`; -1 for what JSON cannot carry. */
function writeFloat(value: number, start: number): number {
  let at = start;
  const size = Math.abs(value);
  // The whole part and eight digits, or nine digits, tell every float32 of this range from its neighbours.
  if (!(size >= 1e-5 && size < 1e6)) return writeDouble(value, at);
  if (value < 0) scratch[at++] = MINUS;
  const whole = Math.trunc(size);
  if (whole > 0) at = writeText(`${whole}`, at);
  else scratch[at++] = ZERO;
  scratch[at++] = POINT;
  let scale = 1e8;
  for (let edge = 0.1; size < edge; edge /= 10) {
    scratch[at++] = ZERO;
    scale *= 10;
  }
  const fraction = size - whole;
  const eight = nearest(fraction * scale);
  const isEnough = Math.fround(whole + eight / scale) === size;
  at = writeNineDigits(isEnough ? eight * 10 : nearest(fraction * scale * 10), at);
  while (scratch[at - 1] === ZERO) at--;
  return scratch[at - 1] === POINT ? at - 1 : at;
}

/** Of numbers of at most nine digits, where it takes a third of what `Math.round` does. */
function nearest(value: number): number {
  return (value + 0.5) | 0;
}

function writeNineDigits(digits: number, at: number): number {
  const thousands = (digits / 1_000) | 0;
  const millions = (thousands / 1_000) | 0;
  writeTriple(millions, at);
  writeTriple(thousands - millions * 1_000, at + 3);
  writeTriple(digits - thousands * 1_000, at + 6);
  return at + 9;
}

function writeTriple(triple: number, at: number): void {
  scratch[at] = TRIPLES[triple * 3] as number;
  scratch[at + 1] = TRIPLES[triple * 3 + 1] as number;
  scratch[at + 2] = TRIPLES[triple * 3 + 2] as number;
}

function writeDouble(value: number, at: number): number {
  return Number.isFinite(value) ? writeText(`${value}`, at) : -1;
}

function writeText(text: string, start: number): number {
  let at = start;
  for (let index = 0; index < text.length; index++) scratch[at++] = text.charCodeAt(index);
  return at;
}
