import { describe, expect, test } from "bun:test";
import type { Prediction } from "@flotilla/inference/inference-request";
import type { Tensor } from "@flotilla/inference/tensor";
import { services } from "@flotilla/proto/services";
import fc from "fast-check";
import { type PredictMessage, readPredictRequest } from "../src/grpc/read-predict-request.ts";
import { type PredictAnswer, renderPredictResponse } from "../src/grpc/render-predict-response.ts";
import { parseTensors } from "../src/grpc/tensor-message.ts";
import { writePredictResponse } from "../src/grpc/write-predict-response.ts";

/** protobufjs with the descriptor: what is written by hand must say the same. */
const { Predict } = services["flotilla.v1.PredictionService"];

const text = fc.string({ unit: "grapheme", maxLength: 8 });
const floats = fc.array(fc.float(), { maxLength: 40 });

const contents = fc.oneof(
  floats.map((fp32_contents) => ({ contents: { fp32_contents } })),
  fc.array(fc.nat(9)).map((int_contents) => ({ contents: { int_contents } })),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => ({ raw: Buffer.from(bytes) })),
  fc.constant({}),
);
const head = fc.record({
  datatype: fc.constantFrom("FP32", "INT32", "BYTES", "none"),
  shape: fc.array(fc.oneof(fc.nat(40), fc.maxSafeInteger()), { maxLength: 3 }),
});
const entry = fc.record({
  key: text,
  value: fc.option(fc.tuple(head, contents).map(([of, data]) => ({ ...of, ...data }))),
});
const request = fc
  .tuple(
    fc.record({ model: text, version: text, seed: fc.nat() }, { requiredKeys: [] }),
    fc.oneof(
      fc.array(entry, { maxLength: 3 }).map((inputs) => ({ tensors: { inputs } })),
      text.map((one) => ({ text: one })),
      fc.constant({}),
    ),
  )
  .map((parts) => Predict.requestSerialize(Object.assign({}, ...parts)));

/** What is asked by a request, whoever read it. */
function asked({ model, version, input, text: sent, tensors }: PredictMessage) {
  const names = tensors?.inputs.map(({ key }) => key) ?? [];
  const parsed = tensors && parseTensors(tensors, { names, elementsLimit: 1_000 });
  return { model, version, input, text: sent || "", parsed: parsed ?? undefined };
}

function expectSameAsked(bytes: Buffer): void {
  const read = readPredictRequest(bytes);
  if (read === undefined) return;
  expect(asked(read)).toEqual(asked(Predict.requestDeserialize(bytes)));
}

describe("a request that is read by hand", () => {
  test("asks what protobufjs reads in it", () => {
    fc.assert(fc.property(request, expectSameAsked));
  });

  test("does so, too, where its bytes are damaged or are two requests", () => {
    const change = fc.record({ at: fc.nat(60), to: fc.nat(255), length: fc.nat(200) });
    fc.assert(
      fc.property(request, request, change, (bytes, more, { at, to, length }) => {
        const damaged = Buffer.concat([bytes, more]).subarray(0, length);
        if (at < damaged.length) damaged[at] = to;
        expectSameAsked(damaged);
        expectSameAsked(Buffer.concat([bytes, more]));
      }),
      { numRuns: 1_000 },
    );
  });

  test("is each that has a text, or tensors in raw or FP32", () => {
    const read = (message: object) => readPredictRequest(Predict.requestSerialize(message));
    const tensors = (value: object) => ({ tensors: { inputs: [{ key: "x", value }] } });

    expect(read({ model: "sentiment", text: "a" })).toBeDefined();
    expect(read(tensors({ datatype: "INT64", shape: [1], raw: Buffer.alloc(8) }))).toBeDefined();
    const fp32 = { datatype: "FP32", shape: [1, 2], contents: { fp32_contents: [1, 2] } };
    expect(read(tensors(fp32))).toBeDefined();
    expect(read({ instances: [{ text: "a" }] })).toBeUndefined();
  });
});

const outputs = fc.array(fc.tuple(text, fc.array(fc.nat(3), { maxLength: 2 })), { maxLength: 3 });
const tensors = (batch: number) =>
  outputs.map((named) =>
    Object.fromEntries(
      named.map(([name, rest], n): [string, Tensor] => {
        const shape = [batch, ...rest];
        const length = shape.reduce((product, size) => product * size, 1);
        const data = Float32Array.from({ length }, (_, at) => at / (n + 3));
        return [name, { datatype: "FP32", shape, data }];
      }),
    ),
  );
const prediction = fc.oneof(
  fc.record({
    kind: fc.constant("classification" as const),
    label: text,
    score: fc.double(),
    scores: fc.dictionary(text, fc.double(), { noNullPrototype: true }),
  }),
  floats.map((list) => ({ kind: "embedding" as const, embedding: new Float32Array(list) })),
  text.map((reply) => ({ kind: "reply" as const, text: reply })),
  text.map((json) => ({ kind: "json" as const, json: JSON.stringify(json) })),
) satisfies fc.Arbitrary<Prediction>;
const turn = fc.record({
  sessionId: text,
  turn: fc.nat(),
  storeMs: fc.constant(1),
  restoredFromTurn: fc.constant(undefined),
});
const answer: fc.Arbitrary<PredictAnswer> = fc
  .record({
    output: fc.oneof(
      fc.record({ kind: fc.constant("tensors" as const), tensors: tensors(2) }),
      fc.record({
        kind: fc.constant("predictions" as const),
        predictions: fc.array(prediction, { minLength: 1, maxLength: 3 }),
      }),
    ),
    name: text,
    version: fc.nat(),
    turn: fc.option(turn, { nil: undefined }),
    raw: fc.boolean(),
    rows: fc.boolean(),
  })
  .map(({ output, name, version, turn: taken, raw, rows }) => ({
    serverId: "server-1",
    answered: {
      model: { name, version },
      answer: { output, queueMs: 0, inferMs: 0 },
      ...(taken && { turn: taken }),
    },
    asked: {
      raw,
      instances: output.kind === "tensors" ? rows : output.predictions.length > 1,
    },
  }));

test("an answer that is written by hand says what protobufjs would write", () => {
  let written = 0;
  fc.assert(
    fc.property(answer, (given) => {
      const bytes = writePredictResponse(given);
      if (bytes === undefined) return;
      written += 1;
      const rendered = Predict.responseSerialize(renderPredictResponse(given));
      expect(Predict.responseDeserialize(Buffer.from(bytes))).toEqual(
        Predict.responseDeserialize(rendered),
      );
    }),
    { numRuns: 300 },
  );
  expect(written).toBeGreaterThan(0);
});
