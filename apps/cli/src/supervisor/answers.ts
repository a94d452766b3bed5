/** Whether a `GET` is answered with 2xx, and soon. */
export async function answersHttp(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(1_000) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false; // not yet
  }
}

/** Whether somebody accepts TCP connections. */
export async function acceptsConnections(hostname: string, port: number): Promise<boolean> {
  try {
    const socket = await Bun.connect({ hostname, port, socket: { data() {} } });
    socket.end();
    return true;
  } catch {
    return false; // not yet
  }
}
