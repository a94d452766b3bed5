import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { getGrpcurl, whyNoGrpcurl } from "@flotilla/testkit/find-grpcurl";
import { predict } from "@flotilla/testkit/grpc-client";
import { type Fleet, startFleet } from "@flotilla/testkit/start-fleet";
import { getTestNginx, TESTED_SUITES } from "@flotilla/testkit/start-nginx";

// A first run fetches NGINX and builds grpcurl.
setDefaultTimeout(240_000);

const METHOD = "flotilla.v1.PredictionService/Predict";
const TEXT = '{"text":"nothing works since the update"}';
const SERVICES = [
  "flotilla.v1.PredictionService",
  "grpc.health.v1.Health",
  "grpc.reflection.v1.ServerReflection",
  "grpc.reflection.v1alpha.ServerReflection",
];
const BUF = Bun.resolveSync("@bufbuild/buf/bin/buf", import.meta.dir);
const noGrpcurl = whyNoGrpcurl();

async function run(command: readonly string[]): Promise<string> {
  const child = Bun.spawn([...command], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [out, problems, code] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}:\n${problems}`);
  return out;
}

describe.each([...TESTED_SUITES])("foreign gRPC clients through the NGINX of %s", (suite) => {
  let fleet: Fleet;
  beforeAll(async () => {
    const { path } = await getTestNginx(suite);
    fleet = await startFleet({ settings: { nginx: path } });
  });
  afterAll(() => fleet.stop());

  test("buf curl predicts, by reflection alone", async () => {
    const options = ["--protocol", "grpc", "--http2-prior-knowledge", "--data", TEXT];
    const url = `http://${fleet.grpcAddress}/${METHOD}`;

    const answer = JSON.parse(await run([process.execPath, BUF, "curl", ...options, url]));

    expect(answer).toMatchObject({
      serverId: expect.stringMatching(/^server-[123]$/),
      result: { classification: { label: "negative" } },
    });
  });

  test("a session stays on one replica, and sessions spread over all", async () => {
    const serverOf = async (session: string) => {
      const headers = { "x-session-id": session };
      const { response } = await predict(fleet.grpcAddress, { text: "x" }, { headers });
      return response?.server_id;
    };
    const same: unknown[] = [];
    for (let n = 0; n < 10; n++) same.push(await serverOf("a"));
    const different = await Promise.all(Array.from({ length: 20 }, (_, n) => serverOf(`id-${n}`)));

    expect(new Set(same).size).toBe(1);
    expect(new Set(different)).toEqual(new Set(["server-1", "server-2", "server-3"]));
  });

  describe.skipIf(noGrpcurl !== "")(`grpcurl${noGrpcurl && ` (skipped: ${noGrpcurl})`}`, () => {
    const grpcurl = async (...options: readonly string[]) =>
      await run([await getGrpcurl(), "-plaintext", ...options]);

    test("predicts, and stays with its session", async () => {
      const ask = async () =>
        JSON.parse(await grpcurl("-H", "x-session-id: a", "-d", TEXT, fleet.grpcAddress, METHOD));
      const answers = [await ask(), await ask(), await ask()];

      expect(answers[0]).toMatchObject({ result: { classification: { label: "negative" } } });
      expect(new Set(answers.map(({ serverId }) => serverId)).size).toBe(1);
    });

    test("lists and describes every service, those with map fields too", async () => {
      const listed = (await grpcurl(fleet.grpcAddress, "list")).trim().split("\n");

      expect(listed).toEqual(SERVICES);
      for (const name of [...SERVICES, "flotilla.v1.Tensors", "flotilla.v1.Classification"]) {
        expect(await grpcurl(fleet.grpcAddress, "describe", name)).toContain(`${name} is a `);
      }
    });

    test("checks the health of the fleet, of a service and of a model", async () => {
      for (const service of ["", "flotilla.v1.PredictionService", "sentiment"]) {
        const check = JSON.stringify({ service });
        const answer = await grpcurl("-d", check, fleet.grpcAddress, "grpc.health.v1.Health/Check");
        expect(JSON.parse(answer)).toEqual({ status: "SERVING" });
      }
    });
  });
});
