/** How long NGINX waits, where no setting says so. */
export const TIMEOUTS = {
  /** For all headers of a request; slow ones are cut within 15 s. */
  headers: "12s",
  /** Between two reads of a body. */
  body: "15s",
  /** Longer than it takes to send a lost first packet again, which is a second. */
  connect: "3s",
  /** A client's idle connection, above what clients themselves allow: they close first, and none meets a closing one. */
  idleClient: "10m",
  /** Between two messages of a stream, in either direction. */
  stream: "1h",
  /** Past the deadline, so that the replica, which knows more, is the one to tell that it is over. */
  marginMs: 5_000,
} as const;

export function seconds(ms: number): string {
  return `${Math.ceil(ms / 1000)}s`;
}
