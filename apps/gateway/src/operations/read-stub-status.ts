const TIMEOUT_MS = 1_000;

/** NGINX's own counters, from the Unix socket where it tells them; undefined while it does not. */
export async function readStubStatus(socket: string): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const answer = await fetch("http://nginx/nginx_status", { unix: socket, signal });
    return answer.ok ? await answer.text() : undefined;
  } catch {
    return undefined;
  }
}

export function activeConnections(stubStatus: string): number {
  return Number(/^Active connections: (\d+)/.exec(stubStatus)?.[1] ?? 0);
}
