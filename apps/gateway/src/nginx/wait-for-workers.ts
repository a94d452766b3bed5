import { DIGEST_PATH, readDigest } from "@flotilla/nginx-config/configuration-digest";

/** Old workers answer until they have closed their listeners, so one right answer proves little. */
const IN_A_ROW = 5;
const POLL_MS = 20;
const ANSWER_TIMEOUT_MS = 1_000;

/**
 * Waits until NGINX's new workers serve: its status socket tells, on connection after connection, the digest that the
 * configuration prints. False: they did not within the time.
 */
export async function waitForWorkers(options: {
  readonly socket: string;
  readonly configuration: string;
  readonly timeoutMs: number;
}): Promise<boolean> {
  const { socket, configuration, timeoutMs } = options;
  const wanted = readDigest(configuration);
  const end = performance.now() + timeoutMs;
  let inARow = 0;
  while (inARow < IN_A_ROW) {
    if (performance.now() > end) return false;
    inARow = (await askDigest(socket)) === wanted ? inARow + 1 : 0;
    await Bun.sleep(POLL_MS);
  }
  return true;
}

async function askDigest(socket: string): Promise<string | undefined> {
  try {
    const answer = await fetch(`http://nginx${DIGEST_PATH}`, {
      unix: socket,
      // On a kept connection the same worker would answer again.
      keepalive: false,
      headers: { connection: "close" },
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    return answer.ok ? (await answer.text()).trim() : undefined;
  } catch {
    return undefined; // it starts, or has just been killed
  }
}
