import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { predict } from "@flotilla/testkit/grpc-client";
import { cosine, mixedTexts } from "@flotilla/testkit/mixed-texts";
import {
  expectedOfMinilm,
  lacksMinilm,
  MINILM,
  WITH_MINILM,
} from "@flotilla/testkit/shared-models";
import { type Fleet, startFleet } from "@flotilla/testkit/start-fleet";

setDefaultTimeout(240_000);

describe.skipIf(lacksMinilm)(`behind NGINX ${WITH_MINILM}`, () => {
  let fleet: Fleet;
  beforeAll(async () => {
    // How fast this machine is must not decide: a burst of 200 is more than a second's work on some.
    fleet = await startFleet({
      settings: { models: MINILM, max_queue_ms: 60_000, deadline_ms: 60_000 },
    });
  });
  afterAll(() => fleet.stop());

  async function overHttp(text: string): Promise<readonly number[]> {
    const response = await fetch(`${fleet.httpUrl}/predict`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ text }),
    });
    const answer = (await response.json()) as { prediction: { embedding: number[] } };
    return answer.prediction.embedding;
  }

  async function overGrpc(text: string): Promise<readonly number[]> {
    const { response } = await predict(fleet.grpcAddress, { text });
    return response?.result?.embedding?.values ?? [];
  }

  test.each([
    ["HTTP", overHttp],
    ["gRPC", overGrpc],
  ] as const)(
    "answers 200 texts of mixed length at once over %s as it answers each alone",
    async (_, ask) => {
      const texts = mixedTexts(200);
      const health: number[] = [];
      let busy = true;
      const probing = (async () => {
        while (busy) health.push((await fetch(`${fleet.httpUrl}/health`)).status);
      })();

      const atOnce = await Promise.all(texts.map(ask));
      busy = false;
      await probing;

      const alone: (readonly number[])[] = [];
      for (const text of texts) alone.push(await ask(text));
      const worst = Math.min(...atOnce.map((embedding, at) => cosine(embedding, alone[at] ?? [])));
      expect(worst).toBeGreaterThanOrEqual(0.999);
      expect(new Set(health)).toEqual(new Set([200]));
    },
  );

  test.each([
    ["HTTP", overHttp],
    ["gRPC", overGrpc],
  ] as const)("gives the reference's embeddings over %s", async (_, ask) => {
    for (const { text, embedding } of await expectedOfMinilm()) {
      expect(cosine(await ask(text), embedding)).toBeGreaterThanOrEqual(0.999);
    }
  });
});
