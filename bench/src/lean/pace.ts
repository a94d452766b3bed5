export type Pace =
  /** Each connection asks again as soon as it is answered. */
  | { readonly kind: "closed" }
  /** So many requests a second, whatever becomes of them. */
  | { readonly kind: "open"; readonly perSecond: number };

/** When each request is meant to start: in an open loop that does not depend on the answers. */
export interface Schedule {
  /** Of request `at`, in milliseconds; undefined: it is not to be sent any more, or not yet. */
  dueBy(at: number, nowMs: number): number | undefined;
}

export function scheduleOf(
  pace: Pace,
  { beginMs, endMs }: { readonly beginMs: number; readonly endMs: number },
): Schedule {
  if (pace.kind === "closed") return { dueBy: (_, nowMs) => (nowMs < endMs ? nowMs : undefined) };
  return {
    dueBy(at, nowMs) {
      const dueMs = beginMs + (at * 1000) / pace.perSecond;
      return dueMs <= nowMs && dueMs < endMs ? dueMs : undefined;
    },
  };
}
