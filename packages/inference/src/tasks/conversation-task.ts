import type { TextInput } from "../inference-request.ts";
import { concatRows } from "../instances.ts";
import type { LoadedModel } from "../loaded-model.ts";
import type { ModelSource } from "../model-source.ts";
import { initialState, takeState } from "../state.ts";
import type { Tensors } from "../tensor.ts";
import { type Conversation, tokenInputs } from "./conversation.ts";
import { textFields } from "./create-text-task.ts";
import { createDraw } from "./draw-token.ts";
import { generateReplies, type ReplyRequest } from "./generate-replies.ts";
import { createReplyText } from "./reply-text.ts";
import type { Task, TaskTools } from "./task.ts";

/** The built-in task that takes as many runs as a reply has tokens. */
export function conversationTask(
  source: ModelSource,
  { state: specs }: Pick<LoadedModel, "state">,
  conversation: Conversation,
): Task {
  return {
    ...textFields(source),
    maxLength: conversation.maxLength,
    async answer(asked, { run, tell }) {
      const replies = asked.map((_, position) =>
        createReplyText(conversation, (piece) => tell(position, piece)),
      );
      const requests = asked.map(({ input, sampling }, position): ReplyRequest => {
        const temperature = sampling?.temperature ?? conversation.temperature;
        return {
          prompt: conversation.encode((input as TextInput).text),
          draw: createDraw({ temperature, seed: sampling?.seed }),
          onToken: (token) => replies[position]?.add(token),
        };
      });
      const state = concatRows(asked.map((one) => one.state ?? initialState(specs)));
      const states = await reply({ run, specs, conversation, requests, state });
      return states.map((next, position) => {
        const text = replies[position]?.end() ?? "";
        return { ok: true, value: { prediction: { kind: "reply", text }, state: next } };
      });
    },
  };
}

export async function reply(options: {
  readonly run: TaskTools["run"];
  readonly specs: LoadedModel["state"];
  readonly conversation: Conversation;
  readonly requests: readonly ReplyRequest[];
  readonly state: Tensors;
}) {
  const { run, specs, conversation, requests, state } = options;
  const { maxTokens, end, readEnd } = conversation;
  return await generateReplies({
    requests,
    state,
    maxTokens,
    end,
    readEnd,
    async run(rows, before) {
      const taken = takeState(specs, await run({ ...tokenInputs(rows), ...before }));
      return { logits: taken.answer["logits"]?.data as Float32Array, state: taken.state };
    },
  });
}
