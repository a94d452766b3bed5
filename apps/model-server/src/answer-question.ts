import { failed, type Outcome, success } from "@flotilla/common/failure";
import { encodeQuestion } from "@flotilla/conversations/question-codec";
import type { InferenceAnswer, Question, Sampling } from "@flotilla/inference/inference-request";
import type { LoadedModel } from "@flotilla/inference/loaded-model";
import type { Replica } from "./replica.ts";
import type { RequestScope } from "./request-scope.ts";
import type { TurnScope } from "./turn-scope.ts";

/** What a request asks, whichever transport it came by. */
export interface AskedQuestion {
  readonly model: LoadedModel;
  /** The client asked for this version, not just for the model. */
  readonly versionAsked: boolean;
  readonly question: Question;
  readonly sampling: Sampling;
  readonly scope: Pick<RequestScope, "deadlineMs" | "repeated">;
  /** Asked for only if the model has state. */
  readonly turn: () => Outcome<TurnScope>;
  readonly signal: AbortSignal;
  /** Told pieces of a reply while it is made; provisional until the answer. */
  readonly onToken?: ((text: string) => void) | undefined;
}

export interface Answered {
  readonly model: { readonly name: string; readonly version: number };
  readonly answer: InferenceAnswer;
  /** Of a model with state. */
  readonly turn?: AnsweredTurn;
}

interface AnsweredTurn {
  readonly sessionId: string;
  readonly turn: number;
  readonly storeMs: number;
  readonly restoredFromTurn: number | undefined;
}

/** A model without state is asked; with one that has, a turn of a conversation is taken. */
export function answerQuestion(replica: Replica, asked: AskedQuestion): Promise<Outcome<Answered>> {
  const { model, question, scope, signal } = asked;
  if (model.state.length > 0) return takeTurn(replica, asked);
  const { name, version } = model;
  const { deadlineMs, repeated: alone } = scope;
  const request = { model: name, version, input: question, deadlineMs, alone, signal };
  return replica.engine
    .infer(request)
    .then((answer) => (answer.ok ? success({ model, answer: answer.value }) : answer));
}

async function takeTurn(
  { conversations }: Replica,
  asked: AskedQuestion,
): Promise<Outcome<Answered>> {
  if (conversations === undefined) throw new Error("a model with state, and no session store");
  const turn = asked.turn();
  if (!turn.ok) return turn;
  const { model, versionAsked, question, sampling, scope, signal, onToken } = asked;
  if (model.takes !== undefined && question.kind !== "inputs") {
    return failed("invalid-input", "a conversation takes what its task does, and no tensors");
  }
  const { sessionId, key, expectedTurn } = turn.value;
  const { name, version } = model;
  const taken = await conversations.takeTurn({
    id: { model: name, session: sessionId },
    key,
    bodyHash: hashOf(asked),
    expectedTurn,
    input: {
      version,
      versionAsked,
      question,
      sampling: { ...sampling, seed: sampling.seed ?? Math.floor(Math.random() * 2 ** 32) },
    },
    deadlineMs: scope.deadlineMs,
    signal,
    onToken,
  });
  if (!taken.ok) return taken;
  const { answer, turn: n, storeMs, restoredFromTurn } = taken.value;
  return success({
    model: { name, version: answer.version },
    answer,
    turn: { sessionId, turn: n, storeMs, restoredFromTurn },
  });
}

/** Of what the client said, and nothing that this replica added to it. */
function hashOf({ question, sampling }: Pick<AskedQuestion, "question" | "sampling">): string {
  return Bun.SHA256.hash(encodeQuestion({ sampling }, question), "base64");
}
