/** What a terminal or a container's runtime asks of the supervisor. */
export interface StopRequests {
  /** To end, finishing what is in flight. */
  readonly asked: Promise<void>;
  /** To end at once. */
  readonly forced: Promise<void>;
}

/** One Ctrl-C may arrive twice: from the terminal, and passed on by the `bun run` between it and this process. */
const SAME_REQUEST_MS = 300;

export function stopRequests(
  on: (signal: NodeJS.Signals, listener: () => void) => void,
): StopRequests {
  const asked = Promise.withResolvers<void>();
  const forced = Promise.withResolvers<void>();
  let askedAt: number | undefined;
  const ask = () => {
    askedAt ??= performance.now();
    asked.resolve();
  };
  on("SIGTERM", ask);
  on("SIGHUP", ask);
  on("SIGINT", () => {
    if (askedAt === undefined) ask();
    else if (performance.now() - askedAt > SAME_REQUEST_MS) forced.resolve();
  });
  return { asked: asked.promise, forced: forced.promise };
}
