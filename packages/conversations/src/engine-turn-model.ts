import { failed, type Outcome, success } from "@flotilla/common/failure";
import type { Engine } from "@flotilla/inference/engine";
import type {
  InferenceAnswer,
  InferenceOutput,
  Question,
  Sampling,
} from "@flotilla/inference/inference-request";
import type { Tensors } from "@flotilla/inference/tensor";
import { decodeQuestion, encodeQuestion, type QuestionMeta } from "./question-codec.ts";
import { decodeRecord, encodeRecord } from "./record-codec.ts";
import type { TurnModel } from "./turn.ts";

export interface TurnInput {
  /** The one that a conversation begins with. */
  readonly version: number;
  /** The client asked for that version, not just for the model. */
  readonly versionAsked: boolean;
  readonly question: Question;
  /** With a seed: replayed, a turn must give the state that it gave. */
  readonly sampling: Sampling & { readonly seed: number };
}

export interface TurnState {
  /** Another version's state means nothing to a model. */
  readonly version: number;
  readonly tensors: Tensors;
}

export interface TurnAnswer extends InferenceAnswer {
  readonly version: number;
}

/** Conversations with the engine's stateful models. */
export function engineTurnModel(
  engine: Pick<Engine, "find" | "infer">,
): TurnModel<TurnInput, TurnState, TurnAnswer> {
  return {
    async run({ id, input, state, deadlineMs, signal, onToken }) {
      const version = state?.version ?? input.version;
      const wrong = checkVersion(input, version);
      if (wrong !== undefined) return wrong;
      const found = engine.find(id.model, String(version));
      if (!found.ok) return found;
      const { question, sampling } = input;
      const answered = await engine.infer({
        model: id.model,
        version,
        input: { kind: "turn", question, state: state?.tensors, sampling },
        deadlineMs,
        ...(signal && { signal }),
        ...(onToken && { onToken }),
      });
      return answered.ok ? withState(answered.value, version) : answered;
    },
    input: {
      encode: ({ question, ...meta }) => encodeQuestion(meta, question),
      decode(bytes) {
        const record = decodeRecord<Omit<TurnInput, "question"> & QuestionMeta>(bytes);
        if (record === undefined) return undefined;
        const { version, versionAsked, sampling } = record.meta;
        const question = decodeQuestion(record.meta, record.tensors);
        return { version, versionAsked, sampling, question };
      },
    },
    answer: {
      encode: ({ output, version }) =>
        output.kind === "tensors"
          ? encodeRecord({ version }, output.tensors)
          : encodeRecord({ version, predictions: output.predictions }, {}),
      decode(bytes) {
        const record = decodeRecord<StoredAnswer>(bytes);
        if (record === undefined) return undefined;
        const { version, predictions } = record.meta;
        const output: InferenceOutput =
          predictions === undefined
            ? { kind: "tensors", tensors: record.tensors }
            : { kind: "predictions", predictions };
        return { output, version, queueMs: 0, inferMs: 0 };
      },
    },
    state: {
      encode: ({ version, tensors }) => encodeRecord({ version }, tensors),
      decode(bytes) {
        const record = decodeRecord<{ readonly version: number }>(bytes);
        return record && { version: record.meta.version, tensors: record.tensors };
      },
      bytes: ({ tensors }) =>
        Object.values(tensors).reduce(
          (sum, { data }) => sum + (Array.isArray(data) ? 0 : data.byteLength),
          0,
        ),
    },
  };
}

interface StoredAnswer {
  readonly version: number;
  readonly predictions?: Extract<InferenceOutput, { readonly kind: "predictions" }>["predictions"];
}

function checkVersion({ versionAsked, version: asked }: TurnInput, version: number) {
  return versionAsked && asked !== version
    ? failed(
        "turn-conflict",
        `this conversation is held with version ${version} of the model; mend: ask for that version or for none, or begin another conversation`,
      )
    : undefined;
}

function withState(
  { output, queueMs, inferMs }: InferenceAnswer,
  version: number,
): Outcome<{ readonly answer: TurnAnswer; readonly state: TurnState }> {
  const { state: tensors, ...said } = output;
  if (tensors === undefined) throw new Error("a turn was answered without the next state");
  return success({
    answer: { output: said, version, queueMs, inferMs },
    state: { version, tensors },
  });
}
