import { expect, test } from "bun:test";
import { type AnyDefinition, loadFileDescriptorSetFromBuffer } from "@grpc/proto-loader";
import type { PredictionServiceDefinition } from "../generated/types/flotilla/v1/PredictionService.ts";
import type { PredictRequest } from "../generated/types/flotilla/v1/PredictRequest.ts";
import { descriptorSet } from "./descriptor-set.ts";
import { services } from "./services.ts";

const PARTS = [
  "requestSerialize",
  "requestDeserialize",
  "responseSerialize",
  "responseDeserialize",
];

/** Of every kind of field: text and packed numbers, 64 bits, maps, oneofs, optional ones at their defaults, JSON. */
const REQUEST: PredictRequest = {
  model: "m",
  instances: [
    {
      tensors: {
        inputs: [
          {
            key: "x",
            value: {
              datatype: "INT64",
              shape: ["2", "1"],
              contents: { int64_contents: ["9007199254740993", "-1"], fp32_contents: [0.5, 1] },
            },
          },
        ],
      },
    },
  ],
  json: { fields: [{ key: "a", value: { number_value: 0 } }] },
  temperature: 0,
};

test("services are what @grpc/proto-loader makes of the descriptor set", () => {
  const loaded: Readonly<Record<string, AnyDefinition>> = loadFileDescriptorSetFromBuffer(
    descriptorSet,
    { keepCase: true, longs: String, enums: String, defaults: true, oneofs: true },
  );
  const wanted = Object.entries(loaded).filter(([, definition]) => !("format" in definition));
  expect(Object.keys(services).toSorted()).toEqual(wanted.map(([name]) => name).toSorted());
  for (const [name, definition] of wanted) {
    const methods: Readonly<Record<string, object>> = services[name as keyof typeof services];
    expect(Object.keys(methods)).toEqual(Object.keys(definition));
    for (const [method, given] of Object.entries(definition)) {
      const { path, requestStream, responseStream } = given;
      expect(methods[method]).toMatchObject({ path, requestStream, responseStream });
      expect(Object.keys(methods[method] ?? {})).toEqual(expect.arrayContaining(PARTS));
    }
  }
  const { Predict } = services["flotilla.v1.PredictionService"];
  const { Predict: theirs } = loaded[
    "flotilla.v1.PredictionService"
  ] as unknown as PredictionServiceDefinition;
  for (const request of [REQUEST, {}, { text: "t", seed: 1 }]) {
    const bytes = theirs.requestSerialize(request);
    expect(Predict.requestSerialize(request)).toEqual(bytes);
    expect(Predict.requestDeserialize(bytes)).toEqual(theirs.requestDeserialize(bytes));
  }
});
