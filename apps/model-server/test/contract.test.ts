import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { FailureKind } from "@flotilla/common/failure";
import { DATATYPES, type Datatype } from "@flotilla/inference/datatype";
import {
  addModel,
  identityModel,
  mlpModel,
  nanModel,
  slowModel,
  throwingModel,
} from "@flotilla/testkit/onnx-builder";
import { type ModelFolder, writeModels } from "@flotilla/testkit/write-models";
import { overGrpc } from "./over-grpc.ts";
import { overHttp } from "./over-http.ts";
import { startTestReplica, type TestReplica } from "./start-test-replica.ts";
import type { Answer, Call, Client, PlainTensor } from "./transport.ts";

const SENTIMENT = join(import.meta.dir, "../../../models/sentiment");

const VALUES: Readonly<Record<Datatype, PlainTensor["values"]>> = {
  BOOL: [true, false, true],
  UINT8: [0, 7, 255],
  UINT16: [0, 7, 65_535],
  UINT32: [0, 7, 4_294_967_295],
  UINT64: [0n, 9_007_199_254_740_993n, 18_446_744_073_709_551_615n],
  INT8: [-128, 0, 127],
  INT16: [-32_768, 0, 32_767],
  INT32: [-2_147_483_648, 0, 2_147_483_647],
  INT64: [-9_223_372_036_854_775_808n, 9_007_199_254_740_993n, 9_223_372_036_854_775_807n],
  FP16: [-1.5, 0, 65_504],
  FP32: [-1.5, 0, 3.25],
  FP64: [-1.5, 0, 0.1],
  BYTES: ["", "naïve 東京 🚢", '"\\\n'],
};
const DATATYPE_NAMES = Object.keys(DATATYPES) as Datatype[];

let models: ModelFolder;
let server: TestReplica;

beforeAll(async () => {
  const identities = DATATYPE_NAMES.map((type) => [
    `identity-${type}/model.onnx`,
    identityModel({ type, shape: ["batch", 3] }),
  ]);
  models = await writeModels({
    links: { sentiment: SENTIMENT },
    files: {
      ...Object.fromEntries(identities),
      "scalar/model.onnx": identityModel({ type: "FP32", shape: [] }),
      "fixed/model.onnx": identityModel({ type: "FP32", shape: [2, 3] }),
      "add/model.onnx": addModel(["batch", 2]),
      "nan/model.onnx": nanModel(),
      "nan/model.yaml": "warm_up: { inputs: { x: [1] } }\n",
      "throwing/model.onnx": throwingModel(),
      "slow/model.onnx": slowModel(),
      "mlp/model.yaml": "description: three scores\n",
      "mlp/1/model.onnx": mlpModel([4, 3]),
      "mlp/2/model.onnx": mlpModel([4, 2]),
      "mlp/10/model.onnx": mlpModel([4, 5]),
    },
  });
  server = await startTestReplica(models.folder);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await models[Symbol.asyncDispose]();
});

const tensor = (
  datatype: Datatype,
  shape: readonly number[],
  values: PlainTensor["values"],
): PlainTensor => ({ datatype, shape, values });
const row = tensor("FP32", [1, 4], [1, 2, 3, 4]);

describe.each([overHttp, overGrpc])("a prediction over $name", (transport) => {
  const ask = async (call: Call): Promise<Answer> => {
    using client: Client = transport.connect(server);
    return await client.predict(call);
  };
  const results = async (call: Call) => {
    const answer = await ask(call);
    if (!answer.ok) throw new Error(`${answer.status}: ${answer.detail}`);
    return answer.results;
  };
  const refused = async (call: Call, kind: FailureKind) => {
    const answer = await ask(call);
    expect(answer).toMatchObject({ ok: false, status: transport.statusOf(kind) });
    // The next good request succeeds.
    expect(await results({ model: "mlp", inputs: { features: row } })).toHaveLength(1);
    return answer.ok ? "" : answer.detail;
  };

  test("of a text has the default model's label and who answered", async () => {
    const answer = await ask({
      text: "the rollout was painless",
      headers: { "x-request-id": "r-1" },
    });

    expect(answer).toMatchObject({
      ok: true,
      serverId: "server-1",
      model: "sentiment",
      version: "1",
      results: [{ label: "positive" }],
      headers: { "x-server-id": "server-1", "x-request-id": "r-1" },
    });
    expect(answer.ok && answer.headers["server-timing"]).toMatch(
      /^parse;dur=[\d.]+, queue;dur=[\d.]+, infer;dur=[\d.]+$/,
    );
  });

  test("makes a request id where the client's is missing or ill-formed", async () => {
    const answer = await ask({ text: "fine", headers: { "x-request-id": "not an id" } });

    expect(answer.ok && answer.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("of instances answers each in its order", async () => {
    const instances = [
      { text: "nothing works since the update" },
      { text: "the meeting moved to Tuesday" },
    ];

    expect(await results({ instances })).toMatchObject([
      { label: "negative" },
      { label: "neutral" },
    ]);
  });

  test("of tensors as instances adds and takes away the batch dimension", async () => {
    const instance = (values: number[]) => ({ inputs: { x: tensor("FP64", [3], values) } });

    expect(
      await results({
        model: "identity-FP64",
        instances: [instance([1, 2, 3]), instance([4, 5, 6])],
      }),
    ).toEqual([
      { outputs: { y: { shape: [3], values: [1, 2, 3] } } },
      { outputs: { y: { shape: [3], values: [4, 5, 6] } } },
    ]);
  });

  test("takes a text of any length", async () => {
    expect(await results({ text: "" })).toHaveLength(1);
    expect(await results({ text: "a lovely day ".repeat(20_000) })).toHaveLength(1);
  });

  test.each(DATATYPE_NAMES)("carries %s exactly", async (datatype) => {
    const values = VALUES[datatype];
    if (datatype === "FP16" && transport.name === "gRPC") return; // only raw: grpc/ tests it

    const [result] = await results({
      model: `identity-${datatype}`,
      inputs: { x: tensor(datatype, [1, 3], values) },
    });

    const y = result?.outputs?.["y"];
    expect(y?.shape).toEqual([1, 3]);
    // JSON tells 64-bit integers apart from others only where they are large.
    expect(y?.values.map(String)).toEqual(values.map(String));
  });

  test("takes scalars and fixed shapes", async () => {
    expect(await results({ model: "scalar", inputs: { x: tensor("FP32", [], [2.5]) } })).toEqual([
      { outputs: { y: { shape: [], values: [2.5] } } },
    ]);
    const six = [1, 2, 3, 4, 5, 6];
    expect(await results({ model: "fixed", inputs: { x: tensor("FP32", [2, 3], six) } })).toEqual([
      { outputs: { y: { shape: [2, 3], values: six } } },
    ]);
  });

  test("goes to the version named, and to the highest without one", async () => {
    const inputs = { features: row };
    const shapeOf = async (version?: string) => {
      const [result] = await results({ model: "mlp", inputs, ...(version && { version }) });
      return result?.outputs?.["scores"]?.shape;
    };

    expect(await Promise.all([shapeOf("1"), shapeOf("2"), shapeOf()])).toEqual([
      [1, 3],
      [1, 2],
      [1, 5],
    ]);
  });

  test("of an unknown model or version fails as model-not-found", async () => {
    await refused({ model: "wine", text: "a" }, "model-not-found");
    await refused({ model: "sentiment", version: "7", text: "a" }, "model-not-found");
    await refused({ model: "sentiment", version: "one", text: "a" }, "model-not-found");
  });

  test.each<[string, Call, string]>([
    [
      "a wrong rank",
      { model: "mlp", inputs: { features: tensor("FP32", [4], [1, 2, 3, 4]) } },
      "features",
    ],
    [
      "a wrong dimension",
      { model: "mlp", inputs: { features: tensor("FP32", [1, 3], [1, 2, 3]) } },
      "features",
    ],
    [
      "a wrong datatype",
      { model: "mlp", inputs: { features: tensor("BYTES", [1, 4], ["1", "2", "3", "4"]) } },
      "features",
    ],
    ["a missing input", { model: "add", inputs: { a: tensor("FP32", [1, 2], [1, 2]) } }, "b"],
    ["an extra input", { model: "mlp", inputs: { features: row, "x-secret": row } }, "features"],
    ["texts for a model of tensors", { model: "mlp", text: "a" }, "tensors"],
    [
      "inputs that disagree",
      {
        model: "add",
        inputs: { a: tensor("FP32", [1, 2], [1, 2]), b: tensor("FP32", [2, 2], [1, 2, 3, 4]) },
      },
      "b",
    ],
    [
      "an integer out of range",
      { model: "identity-INT32", inputs: { x: tensor("INT32", [1, 2], [1, 2]) } },
      "x",
    ],
    [
      "instances of different shapes",
      {
        model: "identity-FP32",
        instances: [
          { inputs: { x: tensor("FP32", [3], [1, 2, 3]) } },
          { inputs: { x: tensor("FP32", [2], [1, 2]) } },
        ],
      },
      "",
    ],
    [
      "more instances than a batch may have",
      {
        instances: Array.from({ length: 257 }, () => ({ text: "a" })),
      },
      "256",
    ],
  ])("with %s fails as invalid-input, says where, and does not echo it", async (_, call, where) => {
    const detail = await refused(call, "invalid-input");

    expect(detail).toContain(where);
    expect(detail).not.toContain("secret");
  });

  test("of a batch of 0 is empty", async () => {
    // Protobuf cannot tell an empty list from none.
    if (transport.name === "HTTP") expect(await results({ instances: [] })).toEqual([]);
    const [result] = await results({
      model: "mlp",
      inputs: { features: tensor("FP32", [0, 4], []) },
    });
    expect(result?.outputs?.["scores"]?.values).toEqual([]);
  });

  test.each(["a b", "x".repeat(129), "é"])(
    "with the session id %p fails as invalid-input",
    async (id) => {
      if (transport.name === "gRPC" && id === "é") return; // its clients refuse to send it
      await refused({ text: "a", headers: { "x-session-id": id } }, "invalid-input");
    },
  );

  test.each(["0", "-1", "1.5", "soon"])(
    "with the time-out %p fails as invalid-input",
    async (timeout) => {
      await refused({ text: "a", headers: { "x-timeout-ms": timeout } }, "invalid-input");
    },
  );

  test("that the model throws on fails as inference-failed, without its words", async () => {
    const detail = await refused(
      { model: "throwing", inputs: { index: tensor("INT64", [1], [99n]) } },
      "inference-failed",
    );

    expect(detail).not.toMatch(/Gather|onnx|stack/i);
  });

  test("whose deadline passes fails as deadline-exceeded while the model still runs", async () => {
    const slow = (rounds: bigint, headers = {}) =>
      ask({ model: "slow", inputs: { rounds: tensor("INT64", [1], [rounds]) }, headers });
    const running = slow(300n);

    expect(await slow(1n, { "x-timeout-ms": "1" })).toMatchObject({
      ok: false,
      status: transport.statusOf("deadline-exceeded"),
    });
    expect(await running).toMatchObject({ ok: true });
  });

  test("frees its place when the client goes away", async () => {
    const controller = new AbortController();
    const inputs = { rounds: tensor("INT64", [1], [300n]) };
    const running = ask({ model: "slow", inputs });
    const leaving = ask({ model: "slow", inputs, signal: controller.signal }).catch(() => "left");
    controller.abort();
    await leaving;

    await running;
    expect(await results({ model: "mlp", inputs: { features: row } })).toHaveLength(1);
  });

  test("lists the models with their signatures", async () => {
    using client = transport.connect(server);
    const listed = await client.listModels();

    expect(listed.find(({ name }) => name === "mlp")).toMatchObject({
      versions: ["1", "2", "10"],
      description: "three scores",
      task: "tensor",
      inputs: [{ name: "features", datatype: "FP32", shape: [-1, 4] }],
    });
    expect(listed.find(({ name }) => name === "sentiment")).toMatchObject({
      task: "text-classification",
    });
  });
});

test("NaN is refused in JSON's answer, and gRPC carries it", async () => {
  const call = { model: "nan", inputs: { x: tensor("FP32", [1], [0]) } };
  using http = overHttp.connect(server);
  using grpc = overGrpc.connect(server);

  expect(await http.predict(call)).toMatchObject({
    ok: false,
    status: "500",
    detail: expect.stringContaining("gRPC"),
  });
  expect(await grpc.predict(call)).toMatchObject({
    ok: true,
    results: [{ outputs: { y: { shape: [1], values: [Number.NaN] } } }],
  });
});
