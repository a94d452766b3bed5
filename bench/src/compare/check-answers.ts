import { Client, credentials } from "@grpc/grpc-js";
import type { GrpcTarget, HttpTarget } from "../stacks/stack.ts";

const ASKED = 3;
const CLIENT_TIMEOUT_MS = 30_000;
const ANY_LENGTH = { "grpc.max_receive_message_length": -1 };

/**
 * Asks as a user would and throws for anything but an answer, since a generator looks at hardly more than a status.
 * Returns the longest row of numbers in the first answer, which another stack's must be like.
 */
export async function checkHttp({ address, path, bodies }: HttpTarget): Promise<readonly number[]> {
  const rows: (readonly number[])[] = [];
  for (const body of bodies.slice(0, ASKED)) {
    const answer = await fetch(`http://${address}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      signal: AbortSignal.timeout(CLIENT_TIMEOUT_MS),
    });
    const text = await answer.text();
    if (answer.status !== 200) {
      throw new Error(`http://${address}${path} answers ${answer.status}: ${text.slice(0, 300)}`);
    }
    rows.push(longestRow(JSON.parse(text)));
  }
  return rows[0] ?? [];
}

/** Likewise; returns the bytes of the answer to the first message. */
export async function checkGrpc({ address, method, messages }: GrpcTarget): Promise<number> {
  const client = new Client(address, credentials.createInsecure(), ANY_LENGTH);
  const call = (message: Uint8Array) =>
    new Promise<number>((resolve, reject) => {
      const bytes = (value: Buffer) => value;
      const options = { deadline: Date.now() + CLIENT_TIMEOUT_MS };
      const done = (error: Error | null, answer?: Buffer) => {
        if (error === null && answer !== undefined && answer.length > 0) resolve(answer.length);
        else reject(new Error(`${address}/${method}: ${error?.message ?? "an empty answer"}`));
      };
      client.makeUnaryRequest(`/${method}`, bytes, bytes, Buffer.from(message), options, done);
    });
  try {
    const sizes: number[] = [];
    for (const message of messages.slice(0, ASKED)) sizes.push(await call(message));
    return sizes[0] ?? 0;
  } finally {
    client.close();
  }
}

function longestRow(value: unknown): readonly number[] {
  if (typeof value !== "object" || value === null) return [];
  // A tensor's shape is no answer.
  const { shape: _, ...named } = value as Readonly<Record<string, unknown>>;
  const parts = Object.values(named);
  if (Array.isArray(value) && parts.every((part) => typeof part === "number")) return parts;
  return parts.map(longestRow).reduce((best, row) => (row.length > best.length ? row : best), []);
}
