import type { QuestionsPlan } from "./load-protocol.ts";
import type { Question } from "./outcome.ts";

export function questionsOf(plan: QuestionsPlan): () => Question {
  return plan.kind === "unique" ? uniqueQuestions() : slowQuestions(plan);
}

/** One number that is long in JSON, exact in FP32, many times: 350 kB, which NGINX keeps in a file. */
const LARGE = Array<number>(16_000).fill(2 ** -30);
const LARGE_EVERY = 250;
const SESSION_EVERY = 4;

/**
 * Questions for a model that answers with the first four numbers of each. No two of one load are alike, so a client can
 * tell another's answer from its own. Some are large, some belong to a session.
 */
function uniqueQuestions(): () => Question {
  let count = 0;
  return () => {
    count += 1;
    const number = count;
    const expected = [number, -number, 0.5, 0];
    const values = number % LARGE_EVERY === 0 ? [...expected, ...LARGE] : expected;
    const session = `session-${number % 50}`;
    return {
      input: "x",
      output: "y",
      datatype: "FP32",
      shape: [1, values.length],
      values,
      headers: number % SESSION_EVERY === 0 ? { "x-session-id": session } : {},
      isAnswer: (answer) =>
        answer.length === expected.length && answer.every((value, at) => value === expected[at]),
    };
  };
}

function slowQuestions(plan: {
  readonly rounds: number;
  readonly timeoutMs?: number;
}): () => Question {
  const { rounds, timeoutMs } = plan;
  const question: Question = {
    input: "rounds",
    output: "y",
    datatype: "INT64",
    shape: [1],
    values: [rounds],
    headers: timeoutMs === undefined ? {} : { "x-timeout-ms": String(timeoutMs) },
    isAnswer: (values) => values.length === 1 && values[0] === rounds,
  };
  return () => question;
}
