const MARK = "flotilla.RejectedInput";

/**
 * What a handler throws to refuse an input: the client gets the message. 422, where the input has the right form and
 * cannot be used all the same; 400, where it is malformed.
 */
export class RejectedInput extends Error {
  readonly status: 400 | 422;
  /** Known by its mark: a handler's own dependencies may bring a second copy of this class. */
  readonly mark = MARK;

  constructor(message: string, options: { readonly status?: 400 | 422 } = {}) {
    super(message);
    this.name = "RejectedInput";
    this.status = options.status ?? 422;
  }
}

export function isRejectedInput(error: unknown): error is RejectedInput {
  return error instanceof Error && "mark" in error && error.mark === MARK;
}
