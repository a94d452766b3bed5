import type { Conversation } from "./conversation.ts";

/** As many bytes a letter has at most, so as many tokens may have to be there before it can be shown. */
const LETTER_BYTES = 4;

/**
 * Puts a reply's text together token by token and tells each piece, so that the pieces are the text, whatever the
 * tokenizer. A token is decoded behind the last ones, and their text taken off again: where a word begins, it alone
 * does not tell.
 */
export function createReplyText(
  { hidden, decode }: Pick<Conversation, "hidden" | "decode">,
  tell: (piece: string) => void,
) {
  let text = "";
  let space = "";
  let shown: readonly number[] = [];
  let waiting: readonly number[] = [];

  /** White space at either end of a reply is none of its text. */
  const append = (decoded: string) => {
    const all = text === "" ? decoded.trimStart() : space + decoded;
    const piece = all.trimEnd();
    space = all.slice(piece.length);
    text += piece;
    if (piece !== "") tell(piece);
  };
  const show = (count: number) => {
    const next = waiting.slice(0, count);
    append(decode([...shown, ...next]).slice(decode(shown).length));
    shown = next;
    waiting = waiting.slice(count);
  };
  return {
    add(token: number) {
      if (hidden.has(token)) return;
      waiting = [...waiting, token];
      // Bytes that are no letter, or not yet, are shown so.
      const isPart = decode([...shown, ...waiting]).endsWith("\uFFFD");
      if (!isPart) show(waiting.length);
      else if (waiting.length === LETTER_BYTES) show(1);
    },
    /** The whole text; nothing is added any more. */
    end(): string {
      if (waiting.length > 0) show(waiting.length);
      return text;
    },
  };
}
