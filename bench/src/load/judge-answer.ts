import type { Outcome, Question } from "./outcome.ts";
import type { HttpAnswer } from "./read-answer.ts";

interface PredictBody {
  readonly server_id?: string;
  readonly outputs?: Readonly<Record<string, readonly (number | readonly number[])[]>>;
}

/** Whether this is the right answer to this very question. */
export function judgeAnswer({ status, headers, body }: HttpAnswer, question: Question): Outcome {
  if (status === 429 && headers["retry-after"] !== undefined) return { kind: "overloaded" };
  if (status !== 200) return { kind: "refused", detail: `${status} ${body.slice(0, 200)}` };
  const said = parseBody(body);
  const values = said?.outputs?.[question.output]?.flat();
  if (!said?.server_id || !values) {
    return { kind: "wrong", detail: `200 with ${JSON.stringify(body.slice(0, 200))}` };
  }
  if (!question.isAnswer(values)) {
    return { kind: "wrong", detail: `another's numbers: ${values.slice(0, 4)}` };
  }
  return { kind: "good", retried: headers["x-flotilla-retried"] !== undefined };
}

function parseBody(body: string): PredictBody | undefined {
  try {
    return JSON.parse(body) as PredictBody;
  } catch {
    return undefined; // judged as wrong, with its text
  }
}
