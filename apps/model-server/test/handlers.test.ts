import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { PredictRequest } from "@flotilla/proto/generated/flotilla/v1/PredictRequest";
import { predict as predictOverGrpc } from "@flotilla/testkit/grpc-client";
import { handlerText, POSTPROCESS, PREPROCESS } from "@flotilla/testkit/handler-text";
import { addModel } from "@flotilla/testkit/onnx-builder";
import { accumulatorFiles } from "@flotilla/testkit/stateful-models";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { type ModelFolder, writeModels } from "@flotilla/testkit/write-models";
import { type ReplicaProcess, startReplicaProcess, untilReady } from "./start-replica-process.ts";

setDefaultTimeout(60_000);

/** Answers by what `x` is: each kind of mistake that a handler can make. */
const FAULTY = handlerText(`
  output: t.Object({ sums: t.Array(t.Number()) }),
  preprocess({ x }) {
    if (x === 400) throw new RejectedInput("no 400", { status: 400 });
    if (x === 422) throw new RejectedInput("no 422");
    if (x === 500) throw new Error("the password is 1234");
    if (x === 501) return { a: makeTensor("FP32", [1, 3]), b: makeTensor("FP32", [1, 2]) };
    if (x === 502) setTimeout(() => { throw new Error("long after"); });
    while (x === 503);
    return { a: makeTensor("FP32", [1, 2], [x, x]), b: makeTensor("FP32", [1, 2], [1, 2]) };
  },
  postprocess({ sum }, { input }) {
    if (input.x === 506) return Array(30).fill().reduce((inner) => ({ inner }), 1);
    if (input.x === 507) return { "\\ud800": "a\\udc00" };
    if (input.x === 504) return { at: new Date() };
    return input.x === 505 ? Promise.reject(new Error("the password is 1234")) : { sums: sum.data };
  },`);

const IMAGES = `import { defineHandler, makeTensor } from "@flotilla/handler";
export const handler = defineHandler()({
  accepts: ["image/png"],
  examples: [{ file: "one.png", mediaType: "image/png" }],
  preprocess: ({ data }) => ({
    a: makeTensor("FP32", [1, 2], [data.length, data[0] ?? 0]),
    b: makeTensor("FP32", [1, 2]),
  }),
  postprocess: ({ sum }) => ({ length: sum.data[0], first: sum.data[1] }),
});
`;

const COUNT = `import { defineHandler, makeTensor, t } from "@flotilla/handler";
export const handler = defineHandler()({
  input: t.Object({ add: t.Integer() }),
  accepts: ["application/octet-stream"],
  examples: [{ add: 1 }],
  preprocess: (input) => {
    const add = "add" in input ? input.add : input.data.length;
    return { x: makeTensor("INT64", [1, 1], [BigInt(add)]) };
  },
  postprocess: ({ sum }) => ({ total: Number(sum.data[0]) }),
});
`;

let models: ModelFolder;
let replica: ReplicaProcess;

beforeAll(async () => {
  models = await writeModels({
    files: {
      "sum/model.onnx": addModel(["batch", 2]),
      "sum/handler.ts": FAULTY,
      "images/model.onnx": addModel(["batch", 2]),
      "images/handler.ts": IMAGES,
      "images/one.png": Uint8Array.of(7),
      ...accumulatorFiles("count"),
      "count/handler.ts": COUNT,
    },
  });
  replica = startReplicaProcess({
    FLOTILLA_MODELS: models.folder,
    FLOTILLA_SESSION_STORE: "memory:",
    FLOTILLA_BODY_LIMIT_BYTES: "4096",
  });
  await untilReady(replica);
});
afterAll(async () => {
  await replica[Symbol.asyncDispose]();
  await models[Symbol.asyncDispose]();
});

async function post(
  body: Bun.BodyInit | object,
  headers: Readonly<Record<string, string>> = {},
  model = "sum",
) {
  const isRaw = body instanceof Uint8Array || body instanceof FormData;
  const response = await fetch(`${replica.httpUrl}/models/${model}/predict`, {
    method: "POST",
    headers: isRaw ? headers : { "content-type": "application/json", ...headers },
    body: isRaw ? (body as Bun.BodyInit) : JSON.stringify(body),
  });
  return {
    status: response.status,
    body: (await response.json()) as Body,
    headers: response.headers,
  };
}

interface Body {
  readonly prediction?: unknown;
  readonly predictions?: unknown;
  readonly detail?: string;
  readonly request_id?: string;
}

function call(request: PredictRequest, requestId?: string) {
  const headers = requestId === undefined ? {} : { "x-request-id": requestId };
  return predictOverGrpc(replica.grpcAddress, { model: "sum", ...request }, { headers });
}

const struct = (x: number) => ({ fields: [{ key: "x", value: { number_value: x } }] });

describe("a handler over HTTP", () => {
  test("is given the whole body, and its answer is the prediction", async () => {
    const { body, headers } = await post({ x: 4 });

    expect(body).toEqual({
      server_id: "server-1",
      model: "sum",
      version: "1",
      prediction: { sums: [5, 6] },
    } as Body);
    expect(headers.get("server-timing")).toMatch(
      /^parse;dur=.*, queue;dur=.*, infer;dur=.*, handler;dur=[\d.]+$/,
    );
    expect((await post({ instances: [{ x: 1 }, { x: 2 }] })).body.predictions).toEqual([
      { sums: [2, 3] },
      { sums: [3, 4] },
    ]);
  });

  test.each<[object, string]>([
    [{}, "x: expected number, got nothing"],
    [{ x: "4" }, "x: expected number, got a string"],
    [{ x: 4, y: 5 }, 'the input: expected no properties but x, got "y"'],
    [[], "the input: expected object, got an array"],
    [{ instances: 3 }, "instances: expected an array of inputs, and nothing beside it"],
    [{ instances: [], x: 1 }, "instances: expected an array of inputs, and nothing beside it"],
    [{ instances: [{ x: 1 }, { x: null }] }, "instances[1].x: expected number, got null"],
    [
      { text: "secret" },
      'x: expected number, got nothing; the input: expected no properties but x, got "text"',
    ],
  ])("is not given %j, which its schema refuses", async (sent, detail) => {
    expect(await post(sent)).toMatchObject({ status: 400, body: { detail } });
  });

  test("is given the bytes that it accepts, alone or as a form's one file", async () => {
    const png = Uint8Array.of(9, 8, 7);
    const form = new FormData();
    form.append("image", new Blob([png], { type: "image/png" }), "cat.png");

    expect((await post(png, { "content-type": "image/png" }, "images")).body.prediction).toEqual({
      length: 3,
      first: 9,
    });
    expect((await post(form, {}, "images")).body.prediction).toEqual({ length: 3, first: 9 });
    const unnamed = new FormData();
    unnamed.append("image", new Blob([png], { type: "image/png" }), "upload.tmp");
    expect((await post(unnamed, {}, "images")).body.prediction).toEqual({ length: 3, first: 9 });
    form.append("image", new Blob([png], { type: "image/png" }), "dog.png");
    expect(await post(form, {}, "images")).toMatchObject({
      status: 400,
      body: { detail: "expected multipart/form-data of exactly one file" },
    });
    expect(
      await post(new Uint8Array(5_000), { "content-type": "image/png" }, "images"),
    ).toHaveProperty("status", 413);
  });

  test.each<[string, Bun.BodyInit | object, string]>([
    ["image/jpeg", Uint8Array.of(1), "images"],
    ["application/json", { x: 1 }, "images"],
    ["image/png", Uint8Array.of(1), "sum"],
  ])("does not take %s that it does not accept", async (type, body, model) => {
    const { status, body: problem } = await post(body, { "content-type": type }, model);
    const form = new FormData();
    form.append("image", new Blob([Uint8Array.of(1)], { type: "image/gif" }), "cat.png");

    expect(status).toBe(415);
    expect(problem.detail).toBe(
      model === "sum" ? "send content-type: application/json" : "this model takes image/png",
    );
    expect(await post(form, {}, "images")).toHaveProperty("status", 415);
  });
});

describe("a handler over gRPC", () => {
  test("is given JSON, and answers JSON", async () => {
    const one = await call({ json: struct(4) });
    const several = await call({ instances: [{ json: struct(1) }, { json: struct(2) }] });
    const sums = (...values: readonly number[]) => [
      {
        key: "sums",
        value: { list_value: { values: values.map((number_value) => ({ number_value })) } },
      },
    ];

    expect(one.response?.result).toMatchObject({ json: { struct_value: { fields: sums(5, 6) } } });
    expect(several.response?.results).toMatchObject([
      { json: { struct_value: { fields: sums(2, 3) } } },
      { json: { struct_value: { fields: sums(3, 4) } } },
    ]);
  });

  test("is given bytes of a media type that it accepts, and no other", async () => {
    const data = { data: Buffer.of(9, 8), media_type: "image/png" };
    const gif = { ...data, media_type: "image/gif" };

    expect((await call({ model: "images", data })).response?.result?.json).toMatchObject({
      struct_value: { fields: [{ value: { number_value: 2 } }, { value: { number_value: 9 } }] },
    });
    expect(await call({ model: "images", data: gif })).toMatchObject({
      code: "UNIMPLEMENTED",
      details: "this model takes image/png",
    });
  });

  test("is not given what its schema refuses", async () => {
    expect(await call({ text: "hm" })).toMatchObject({
      code: "INVALID_ARGUMENT",
      details:
        'x: expected number, got nothing; the input: expected no properties but x, got "text"',
    });
    expect(await call({ json: struct(Number.NaN) })).toHaveProperty("code", "INVALID_ARGUMENT");
  });

  test("answers with all that JSON has, as deep as a reader of protobuf lets it", async () => {
    const deepest = call({ json: struct(506) });
    expect((await call({ json: struct(507) })).response?.result?.json).toMatchObject({
      struct_value: { fields: [{ key: "\ufffd", value: { string_value: "a\ufffd" } }] },
    });
    expect(await deepest).toHaveProperty("code", "OK");
  });

  test("leaves the model's own tensors alone", async () => {
    const value = { datatype: "FP32", shape: [1, 2], contents: { fp32_contents: [1, 2] } };
    const inputs = ["a", "b"].map((key) => ({ key, value }));

    expect((await call({ tensors: { inputs } })).response?.result?.outputs?.inputs).toMatchObject([
      { key: "sum", value: { contents: { fp32_contents: [2, 4] } } },
    ]);
  });
});

describe("a handler of a model with state", () => {
  test("takes turns of a conversation over both transports, each once", async () => {
    const headers = { "x-session-id": "one" };
    const bytes = { ...headers, "content-type": "application/octet-stream" };
    const again = { ...headers, "idempotency-key": "k" };
    const turns = [
      await post({ add: 2 }, headers, "count"),
      await post(new Uint8Array(5), bytes, "count"),
      await post({ add: 10 }, again, "count"),
      await post({ add: 10 }, again, "count"),
    ];

    expect(turns.map(({ body }) => body)).toMatchObject([
      { turn: 1, prediction: { total: 2 } },
      { turn: 2, prediction: { total: 7 } },
      { turn: 3, prediction: { total: 17 } },
      { turn: 3, prediction: { total: 17 } },
    ]);
    expect(await post({ add: 11 }, again, "count")).toHaveProperty("status", 422);
    const json = { fields: [{ key: "add", value: { number_value: 1 } }] };
    const request = { model: "count", json };
    expect(
      (await predictOverGrpc(replica.grpcAddress, request, { headers })).response,
    ).toMatchObject({
      turn: 4,
      result: {
        json: { struct_value: { fields: [{ key: "total", value: { number_value: 18 } }] } },
      },
    });
  });

  test("is never passed over by tensors: its state would not be what it made of it", async () => {
    const value = { datatype: "INT64", shape: [1, 1], contents: { int64_contents: [1] } };
    const tensors = { inputs: [{ key: "x", value }] };

    expect(await call({ model: "count", tensors })).toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});

describe("what a handler refuses or does wrongly", () => {
  test.each([
    [400, 400, "INVALID_ARGUMENT", "no 400"],
    [422, 422, "INVALID_ARGUMENT", "no 422"],
    [
      500,
      500,
      "INTERNAL",
      "the handler of sum failed in preprocess; the log has the error by this request's id",
    ],
    [
      501,
      500,
      "INTERNAL",
      "the handler of sum: preprocess: inputs.a: expected dimension 1 to be 2, got 3",
    ],
    [
      504,
      500,
      "INTERNAL",
      "the handler of sum: postprocess: the prediction.at: expected JSON, got a Date",
    ],
    [
      505,
      500,
      "INTERNAL",
      "the handler of sum failed in postprocess; the log has the error by this request's id",
    ],
  ] as const)(
    "with %i is told as %i and %s, and the next request is answered",
    async (x, ...[status, code, detail]) => {
      const http = await post({ x }, { "x-request-id": `http-${x}` });
      const grpc = await call({ json: struct(x) }, `grpc-${x}`);

      expect(http).toMatchObject({ status, body: { detail, request_id: `http-${x}` } });
      expect(grpc).toMatchObject({ code, details: detail });
      expect((await post({ x: 4 })).status).toBe(200);
      expect((await call({ json: struct(4) })).code).toBe("OK");
    },
  );

  test("by mistake is in the log by the request's id, with file and line as written, and nowhere else", async () => {
    const answer = await post({ x: 500 }, { "x-request-id": "broken" });
    const line = await waitUntil("the log has it", () =>
      replica
        .output()
        .split("\n")
        .find((one) => one.includes('"broken"')),
    );

    expect(JSON.stringify(answer.body)).not.toContain("password");
    expect(line).toMatch(
      /Error: the password is 1234\\n +at preprocess \([^ ]*\/sum\/handler\.ts:10:\d+\)/,
    );
  });

  test("after it answered is logged, and ends nothing", async () => {
    expect((await post({ x: 502 })).status).toBe(200);
    await waitUntil("the log has it", () => replica.output().includes("long after"));

    expect((await post({ x: 4 })).status).toBe(200);
  });

  test("without an end is a run that hangs: answered, and the replica is replaced", async () => {
    await using looping = await writeModels({
      files: {
        "sum/model.onnx": addModel(["batch", 2]),
        "sum/model.yaml": "run_timeout_ms: 1000\n",
        "sum/handler.ts": FAULTY,
      },
    });
    await using own = startReplicaProcess({ FLOTILLA_MODELS: looping.folder });
    await untilReady(own);
    const answer = fetch(`${own.httpUrl}/predict`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"x": 503}',
    });

    expect(await own.exited).toBe(70);
    expect((await answer).status).toBe(500);
    expect(own.output()).toContain("run_timeout_ms (1000 ms)");
  });
});

describe("a model with a handler", () => {
  test("is described by its schemas, and has a path in the specification", async () => {
    const model = await (await fetch(`${replica.httpUrl}/models/sum`)).json();
    const images = await (await fetch(`${replica.httpUrl}/models/images`)).json();
    const { paths } = (await (await fetch(`${replica.httpUrl}/openapi.json`)).json()) as {
      paths: Record<string, { post: { requestBody: { content: object } } }>;
    };
    const input = {
      type: "object",
      additionalProperties: false,
      required: ["x"],
      properties: { x: { type: "number" } },
    };

    expect(model).toMatchObject({
      task: "handler",
      input,
      output: { properties: { sums: { type: "array" } } },
      accepts: [],
      examples: [{ x: 1 }, { x: -2.5 }],
    });
    expect(images).toMatchObject({ task: "handler", accepts: ["image/png"] });
    expect(images).not.toHaveProperty("examples");
    expect(paths["/models/sum/predict"]?.post.requestBody.content).toMatchObject({
      "application/json": {
        schema: { anyOf: [input, { properties: { instances: { items: input } } }] },
        examples: { "example 1": { value: { x: 1 } } },
      },
    });
    expect(Object.keys(paths["/models/images/predict"]?.post.requestBody.content ?? {})).toEqual([
      "image/png",
    ]);
  });

  test("has its handler's time in the metrics", async () => {
    await post({ x: 4 });

    expect(await (await fetch(`${replica.httpUrl}/metrics`)).text()).toMatch(
      /flotilla_handler_duration_seconds_count\{.*model="sum".*\} [1-9]/,
    );
  });

  test("is refused where handlers are off, and none of its code is run", async () => {
    await using noisy = await writeModels({
      files: {
        "sum/model.onnx": addModel(["batch", 2]),
        "sum/handler.ts": `console.log("it ran");\n${handlerText(PREPROCESS + POSTPROCESS)}`,
      },
    });
    await using own = startReplicaProcess({
      FLOTILLA_MODELS: noisy.folder,
      FLOTILLA_HANDLERS: "off",
    });

    expect(await own.exited).toBe(2);
    expect(own.output()).toContain(
      `${noisy.folder}/sum/handler.ts: expected no handler, since handlers (FLOTILLA_HANDLERS) is off`,
    );
    expect(own.output()).not.toContain("it ran");
  });
});
