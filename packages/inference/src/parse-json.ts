import { failed, type Outcome, success } from "@flotilla/common/failure";

/** An integer that a double might round: digits that no fraction or exponent follows. */
const LONG_INTEGER = /(?:^|[[,:\s-])\d{16,}(?:[\s,\]}]|$)/;

/**
 * JSON with bounded nesting, and with integers beyond 2^53 as exact bigints. JavaScriptCore's own parser accepts any
 * depth, which whoever walks the value would pay for with the stack.
 */
export function parseJson(
  text: string,
  depthLimit: number,
  options: {
    /** Off where no integer is meant, only doubles: it spares a look at every digit. */
    readonly exactIntegers?: boolean;
  } = {},
): Outcome<unknown> {
  if (isDeeper(text, depthLimit)) {
    return failed("invalid-input", `the JSON is nested more than ${depthLimit} levels deep`);
  }
  try {
    // The reviver makes parsing five times slower, and floats of many digits do not need it.
    const { exactIntegers = true } = options;
    const reviver = exactIntegers && LONG_INTEGER.test(text) ? exactInteger : undefined;
    return success(JSON.parse(text, reviver));
  } catch {
    // The parser's own message would repeat the input.
    return failed("invalid-input", "the text is not JSON");
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** UTF-8 to text; nothing is replaced. */
export function decodeUtf8(bytes: Uint8Array): Outcome<string> {
  try {
    return success(utf8.decode(bytes));
  } catch {
    return failed("invalid-input", "the text is not UTF-8");
  }
}

function exactInteger(
  _key: string,
  value: unknown,
  context?: { readonly source: string },
): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const { source = "" } = context ?? {};
  // No datatype holds more than 20 digits, and making a bigint of millions takes seconds.
  return source.length <= 40 && /^-?\d+$/.test(source) ? BigInt(source) : value;
}

function isDeeper(text: string, limit: number): boolean {
  if (!hasMore(text, limit)) return false;
  // A compiled expression skips numbers ten times faster than a loop over characters.
  const marks = /["[\]{}]/g;
  let depth = 0;
  while (marks.test(text)) {
    const mark = text[marks.lastIndex - 1];
    if (mark === '"') {
      marks.lastIndex = stringEnd(text, marks.lastIndex);
    } else if (mark === "[" || mark === "{") {
      depth++;
      if (depth > limit) return true;
    } else {
      depth--;
    }
  }
  return false;
}

/** More than `limit` brackets open, in strings or not: few bodies have so many, and counting them is all but free. */
function hasMore(text: string, limit: number): boolean {
  let left = limit;
  for (const bracket of ["[", "{"]) {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
      left -= 1;
      if (left < 0) return true;
    }
  }
  return false;
}

/** The index after the string's closing quote, or the text's end. */
function stringEnd(text: string, start: number): number {
  for (let quote = text.indexOf('"', start); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let before = quote;
    while (before > start && text[before - 1] === "\\") before--;
    if ((quote - before) % 2 === 0) return quote + 1;
  }
  return text.length;
}
