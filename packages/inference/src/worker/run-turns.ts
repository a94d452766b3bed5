import type { InferenceOutput, Turn } from "../inference-request.ts";
import { concatRows, copyRows } from "../instances.ts";
import { initialState, takeState } from "../state.ts";
import { type Conversation, tokenInputs } from "../tasks/conversation.ts";
import { createDraw } from "../tasks/draw-token.ts";
import { generateReplies, type ReplyRequest } from "../tasks/generate-replies.ts";
import { createReplyText } from "../tasks/reply-text.ts";
import type { Tensors } from "../tensor.ts";
import type { SessionModel } from "./load-model.ts";

/** Turns of as many conversations in one batch, all with texts or all with tensors. */
export async function runTurns(
  loaded: SessionModel,
  turns: readonly Turn[],
  /** A piece of the reply to the turn at this position. */
  tell: (position: number, piece: string) => void,
): Promise<readonly InferenceOutput[]> {
  const { state: specs } = loaded.model;
  const state = concatRows(turns.map((turn) => turn.state ?? initialState(specs)));
  const tensors: Tensors[] = [];
  const texts: string[] = [];
  for (const { question } of turns) {
    if (question.kind === "tensors") tensors.push(question.tensors);
    else texts.push(...question.texts);
  }
  if (texts.length === 0) return await answerTensors(loaded, concatRows(tensors), state);
  const { conversation } = loaded;
  if (conversation === undefined) throw new Error(`${loaded.model.name} takes no texts`);
  const replies = turns.map((_, position) =>
    createReplyText(conversation, (piece) => tell(position, piece)),
  );
  const requests = turns.map(({ sampling }, position): ReplyRequest => {
    const temperature = sampling?.temperature ?? conversation.temperature;
    return {
      prompt: conversation.encode(texts[position] ?? ""),
      draw: createDraw({ temperature, seed: sampling?.seed }),
      onToken: (token) => replies[position]?.add(token),
    };
  });
  const states = await reply({ loaded, conversation, requests, state });
  return states.map((next, position) => {
    const text = replies[position]?.end() ?? "";
    return { kind: "predictions", predictions: [{ kind: "reply", text }], state: next };
  });
}

export async function reply(options: {
  readonly loaded: SessionModel;
  readonly conversation: Conversation;
  readonly requests: readonly ReplyRequest[];
  readonly state: Tensors;
}) {
  const { loaded, conversation, requests, state } = options;
  const { maxTokens, end, readEnd } = conversation;
  return await generateReplies({
    requests,
    state,
    maxTokens,
    end,
    readEnd,
    async run(rows, before) {
      const outputs = await loaded.run({ ...tokenInputs(rows), ...before });
      const taken = takeState(loaded.model.state, outputs);
      return { logits: taken.answer["logits"]?.data as Float32Array, state: taken.state };
    },
  });
}

async function answerTensors(
  { model, run }: SessionModel,
  inputs: Tensors,
  before: Tensors,
): Promise<readonly InferenceOutput[]> {
  const { answer, state } = takeState(model.state, await run({ ...inputs, ...before }));
  const [rows = 1] = Object.values(state)[0]?.shape ?? [];
  if (rows === 1) return [{ kind: "tensors", tensors: answer, state }];
  return Array.from({ length: rows }, (_, row) => ({
    kind: "tensors",
    tensors: copyRows(answer, row, row + 1),
    state: copyRows(state, row, row + 1),
  }));
}
