import { type Failure, failed, type Outcome, success } from "@flotilla/common/failure";
import { isRejectedInput } from "@flotilla/handler";

type Settling<T> = Outcome<T> | Promise<Outcome<T>>;

/** What a step gave is not what it must give: its words are for the client, too, whoever wrote the step. */
export class WrongResult extends Error {}

const MESSAGE_LIMIT = 1_000;

/** One call of a handler's step, which may throw, reject or answer at once: an outcome, whichever it does. */
export function runStep<T>(
  step: { readonly model: string; readonly name: string },
  call: () => T | Promise<T>,
): Settling<T> {
  const fail = (error: unknown) => ({ ok: false, failure: failureOf(step, error) }) as const;
  try {
    const made = call();
    return made instanceof Promise ? made.then(success, fail) : success(made);
  } catch (error) {
    return fail(error);
  }
}

/** In their order. Where nothing is promised, there is nothing to wait for. */
export async function settleAll<T>(steps: readonly Settling<T>[]): Promise<readonly Outcome<T>[]> {
  const isPromised = steps.some((step) => step instanceof Promise);
  return isPromised ? await Promise.all(steps) : (steps as readonly Outcome<T>[]);
}

function failureOf(
  step: { readonly model: string; readonly name: string },
  error: unknown,
): Failure {
  if (isRejectedInput(error)) {
    const kind = error.status === 400 ? "invalid-input" : "rejected-input";
    const said = error.message.slice(0, MESSAGE_LIMIT);
    return failed(kind, said || `the handler of ${step.model} rejected the input`).failure;
  }
  const what = `the handler of ${step.model}`;
  if (error instanceof WrongResult) {
    return failed("inference-failed", `${what}: ${step.name}: ${error.message}`).failure;
  }
  const detail = `${what} failed in ${step.name}; the log has the error by this request's id`;
  return failed("inference-failed", detail, { report: reportOf(error) }).failure;
}

const CAUSE_LIMIT = 4;

/** The stack, which names the file and the line of the handler as written; of what is no error, what it holds. */
export function reportOf(error: unknown, causes = 0): string {
  try {
    if (!(error instanceof Error)) return `thrown: ${Bun.inspect(error, { depth: 3 })}`;
    const { stack, cause } = error;
    const own = `${stack}`.includes(error.message) ? `${stack}` : `${error}\n${stack}`;
    if (cause === undefined || causes === CAUSE_LIMIT) return own;
    return `${own}\ncaused by ${reportOf(cause, causes + 1)}`;
  } catch {
    return "thrown: what throws when it is looked at";
  }
}
