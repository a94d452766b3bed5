/** The client's `x-request-id` where it is well formed, else a new one; for traces only, never an identity. */
export function requestId(fromClient: string | null | undefined): string {
  return fromClient !== null &&
    fromClient !== undefined &&
    /^[A-Za-z0-9._-]{1,128}$/.test(fromClient)
    ? fromClient
    : crypto.randomUUID();
}
