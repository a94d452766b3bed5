import { afterEach, expect, test } from "bun:test";
import { services } from "@flotilla/proto/services";
import {
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { connectGrpc } from "../src/load/grpc-connection.ts";
import type { Outcome, Question } from "../src/load/outcome.ts";

const QUESTION: Question = {
  input: "x",
  output: "y",
  datatype: "FP32",
  shape: [1, 2],
  values: [7, 8],
  headers: {},
  isAnswer: (values) => values.join() === "7,8",
};

type Predict = handleUnaryCall<unknown, object>;

let server: Server | undefined;
afterEach(() => server?.forceShutdown());

/** How a request ends at a server that answers like this. */
async function outcomeOf(predict: Predict): Promise<Outcome> {
  server = new Server();
  server.addService(services["flotilla.v1.PredictionService"], {
    Predict: predict,
    ListModels: predict,
    GetModel: predict,
  });
  const bound = Promise.withResolvers<number>();
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (_, port) =>
    bound.resolve(port),
  );
  const connection = connectGrpc(`127.0.0.1:${await bound.promise}`);
  const outcome = await connection.ask(QUESTION);
  connection.close();
  return outcome;
}

function response(values: readonly number[], server_id = "server-1") {
  const raw = Buffer.from(Float32Array.from(values).buffer);
  const value = { datatype: "FP32", shape: [1, values.length], raw };
  return { server_id, result: { outputs: { inputs: [{ key: "y", value }] } } };
}

function refusal(code: status, trailers: Readonly<Record<string, string>> = {}) {
  const metadata = Metadata.fromHttp2Headers(trailers);
  return { code, details: "no", metadata } as ServiceError;
}

test("the right answer is good", async () => {
  expect(await outcomeOf((_, done) => done(null, response([7, 8])))).toEqual({
    kind: "good",
    retried: false,
  });
});

test("NGINX's word that it asked a further replica is counted", async () => {
  const outcome = await outcomeOf((call, done) => {
    call.sendMetadata(Metadata.fromHttp2Headers({ "x-flotilla-retried": "1" }));
    done(null, response([7, 8]));
  });

  expect(outcome).toEqual({ kind: "good", retried: true });
});

test.each([
  ["another's answer", response([7, 9])],
  ["an empty answer", {}],
  ["an answer of nobody", response([7, 8], "")],
])("%s is wrong", async (_, answer) => {
  expect((await outcomeOf((_, done) => done(null, answer))).kind).toBe("wrong");
});

test.each([
  [
    "RESOURCE_EXHAUSTED with a time to come again is overload",
    refusal(status.RESOURCE_EXHAUSTED, { "retry-after": "1" }),
    "overloaded",
  ],
  ["RESOURCE_EXHAUSTED without is a refusal", refusal(status.RESOURCE_EXHAUSTED), "refused"],
  ["UNAVAILABLE is a refusal", refusal(status.UNAVAILABLE), "refused"],
])("%s", async (_, error, kind) => {
  const outcome = await outcomeOf((_, done) => done(error));
  expect(outcome.kind).toBe(kind as Outcome["kind"]);
});

test("where nobody listens it is a refusal", async () => {
  const connection = connectGrpc("127.0.0.1:1");
  const outcome = await connection.ask(QUESTION);
  connection.close();

  expect(outcome).toEqual({ kind: "refused", detail: expect.stringContaining("UNAVAILABLE") });
});
