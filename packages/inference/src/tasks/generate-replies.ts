import { concatRows, copyRows, sliceRows } from "../instances.ts";
import type { Tensors } from "../tensor.ts";
import type { DrawToken } from "./draw-token.ts";

export interface ReplyRequest {
  /** The turn's tokens. */
  readonly prompt: readonly number[];
  readonly draw: DrawToken;
  readonly onToken?: (token: number) => void;
}

interface Limits {
  readonly maxTokens: number;
  readonly end: number;
  /** Whether the model reads the end that it draws. */
  readonly readEnd: boolean;
}

interface Speaker extends ReplyRequest {
  readonly position: number;
  tokens: number;
  /** What the next run is given. */
  feed: readonly number[];
  ended: boolean;
}

/**
 * Everybody's replies at once, token by token; whoever has ended leaves the batch. Gives the states after the replies
 * and, where that is read, their ends: whether the model ended one or it was cut.
 */
export async function generateReplies(
  options: Limits & {
    readonly requests: readonly ReplyRequest[];
    /** A row for each. */
    readonly state: Tensors;
    /** One run; rows of tokens may differ in length. `logits` are those of each row's last token. */
    readonly run: (
      rows: readonly (readonly number[])[],
      state: Tensors,
    ) => Promise<{ readonly logits: Float32Array; readonly state: Tensors }>;
  },
): Promise<readonly Tensors[]> {
  const { requests, run } = options;
  const after = new Array<Tensors>(requests.length);
  let { state } = options;
  let speakers: readonly Speaker[] = requests.map((request, position) => ({
    ...request,
    position,
    tokens: 0,
    feed: request.prompt,
    ended: false,
  }));
  while (speakers.length > 0) {
    const feeds = speakers.map(({ feed }) => feed);
    const { logits, state: next } = await run(feeds, state);
    const width = logits.length / speakers.length;
    const staying: number[] = [];
    for (const [row, speaker] of speakers.entries()) {
      const own = logits.subarray(row * width, (row + 1) * width);
      if (goesOn(speaker, own, options)) staying.push(row);
      else after[speaker.position] = copyRows(next, row, row + 1);
    }
    state = staying.length < speakers.length ? rowsOf(next, staying) : next;
    speakers = speakers.filter((_, row) => staying.includes(row));
  }
  return after;
}

/** Whether there is another token for the model to read, and which. */
function goesOn(speaker: Speaker, logits: Float32Array, limits: Limits): boolean {
  if (speaker.ended) return false;
  const isCut = speaker.tokens === limits.maxTokens;
  const token = isCut ? limits.end : speaker.draw(logits);
  speaker.feed = [token];
  speaker.ended = token === limits.end;
  if (speaker.ended) return limits.readEnd;
  speaker.tokens += 1;
  speaker.onToken?.(token);
  return true;
}

function rowsOf(state: Tensors, rows: readonly number[]): Tensors {
  return rows.length === 0 ? state : concatRows(rows.map((row) => sliceRows(state, row, row + 1)));
}
