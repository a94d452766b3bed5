import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { describedFiles } from "@flotilla/proto/described-files";
import type { ServerReflectionRequest } from "@flotilla/proto/generated/grpc/reflection/v1/ServerReflectionRequest";
import type { ServerReflectionResponse__Output } from "@flotilla/proto/generated/grpc/reflection/v1/ServerReflectionResponse";
import { services } from "@flotilla/proto/services";
import { connect } from "@flotilla/testkit/grpc-client";
import { type FakeReplica, startFakeReplica } from "./grpc-fake-replica.ts";

const SERVICES = [
  "flotilla.v1.PredictionService",
  "grpc.health.v1.Health",
  "grpc.reflection.v1.ServerReflection",
  "grpc.reflection.v1alpha.ServerReflection",
];
const BUF = Bun.resolveSync("@bufbuild/buf/bin/buf", import.meta.dir);

let replica: FakeReplica;

beforeAll(async () => {
  replica = await startFakeReplica();
});

afterAll(async () => {
  await replica[Symbol.asyncDispose]();
});

describe.each([
  "grpc.reflection.v1.ServerReflection",
  "grpc.reflection.v1alpha.ServerReflection",
] as const)("%s", (version) => {
  async function answers(...questions: ServerReflectionRequest[]) {
    using client = connect(version, replica.address);
    const call = client.ServerReflectionInfo();
    for (const question of questions) call.write(question);
    call.end();
    const received: ServerReflectionResponse__Output[] = [];
    for await (const response of call) received.push(response as ServerReflectionResponse__Output);
    return received;
  }

  test("lists what is served, and nothing else", async () => {
    const [response] = await answers({ host: "h", list_services: "" });

    expect(response).toMatchObject({ valid_host: "h", original_request: { host: "h" } });
    expect(response?.list_services_response?.service.map(({ name }) => name)).toEqual(SERVICES);
  });

  test.each([
    "flotilla.v1.PredictionService",
    "flotilla.v1.PredictionService.Predict",
    "flotilla.v1.Tensors",
    "flotilla.v1.Tensors.InputsEntry",
    "flotilla.v1.Tensor.raw",
    "flotilla.v1.Result.value",
    "grpc.health.v1.HealthCheckResponse.ServingStatus",
    "grpc.health.v1.HealthCheckResponse.SERVING",
  ])(
    "finds the file of %s and what it imports, byte by byte as they were built",
    async (symbol) => {
      const [response] = await answers({ file_containing_symbol: symbol });

      const file = describedFiles().find(({ symbols }) => symbols.has(symbol));
      const imported = describedFiles().filter(({ name }) => file?.imports.includes(name));
      expect(response?.file_descriptor_response?.file_descriptor_proto).toEqual(
        [file, ...imported].map((one) => Buffer.from(one?.bytes ?? [])),
      );
    },
  );

  test("finds a file by its name", async () => {
    const [response] = await answers({ file_by_filename: "flotilla/v1/prediction.proto" });

    // And what it imports: google/protobuf/struct.proto and timestamp.proto.
    expect(response?.file_descriptor_response?.file_descriptor_proto).toHaveLength(3);
  });

  test("answers each question of a stream, those without an answer as well", async () => {
    const received = await answers(
      { file_by_filename: "no.proto" },
      { file_containing_symbol: "flotilla.v1.Nobody" },
      { file_containing_extension: { containing_type: "flotilla.v1.Model", extension_number: 1 } },
      { all_extension_numbers_of_type: "flotilla.v1.Model" },
      {},
      { list_services: "*" },
    );

    expect(received.map(({ error_response }) => error_response?.error_code)).toEqual([
      5,
      5,
      5,
      5,
      3,
      undefined,
    ]);
  });
});

describe("buf curl, which knows nothing of the .proto files,", () => {
  async function curl(...args: readonly string[]) {
    const command = [
      process.execPath,
      BUF,
      "curl",
      "--protocol",
      "grpc",
      "--http2-prior-knowledge",
    ];
    const child = Bun.spawn([...command, ...args], { stdout: "pipe", stderr: "pipe" });
    const [output, errors] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    expect(errors).toBe("");
    expect(await child.exited).toBe(0);
    return output;
  }
  const url = (path: string) => `http://${replica.address}/${path}`;

  test("lists every method", async () => {
    const methods = SERVICES.flatMap((name) =>
      Object.keys(services[name as keyof typeof services]).map((method) => `${name}/${method}`),
    );

    const output = await curl("--list-methods", `http://${replica.address}`);
    expect(output.trim().split("\n").toSorted()).toEqual(methods.toSorted());
  });

  test.each(["grpc-v1", "grpc-v1alpha"])("calls with a text by %s", async (reflection) => {
    const path = url("flotilla.v1.PredictionService/Predict");
    const output = await curl("--reflect-protocol", reflection, "-d", '{"text": "fine"}', path);

    expect(JSON.parse(output)).toMatchObject({
      serverId: "server-1",
      result: { classification: { label: "neutral", scores: { neutral: 0.75 } } },
    });
  });

  test("calls with tensors by name", async () => {
    const x = {
      datatype: "INT64",
      shape: [1, 1],
      contents: { int64Contents: ["9007199254740993"] },
    };
    const body = JSON.stringify({ model: "echo-INT64", tensors: { inputs: { x } } });
    const output = await curl("-d", body, url("flotilla.v1.PredictionService/Predict"));

    expect(JSON.parse(output)).toMatchObject({
      result: {
        outputs: { inputs: { x_out: { contents: { int64Contents: ["9007199254740993"] } } } },
      },
    });
  });

  test("gets the models and the health", async () => {
    const models = await curl("-d", "{}", url("flotilla.v1.PredictionService/ListModels"));
    const model = await curl(
      "-d",
      '{"model": "echo-FP32"}',
      url("flotilla.v1.PredictionService/GetModel"),
    );
    const health = await curl("-d", "{}", url("grpc.health.v1.Health/Check"));

    expect(JSON.parse(models).models).toHaveLength(14);
    expect(JSON.parse(model).model).toEqual({
      name: "echo-FP32",
      versions: ["1", "2"],
      defaultVersion: "2",
      task: "tensor",
      inputs: [{ name: "x", datatype: "FP32", shape: ["-1", "-1"] }],
      outputs: [{ name: "x_out", datatype: "FP32", shape: ["-1", "-1"] }],
    });
    expect(JSON.parse(health)).toEqual({ status: "SERVING" });
  });
});
