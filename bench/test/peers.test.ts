import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { listProcesses } from "@flotilla/common/list-processes";
import { mlpModel } from "@flotilla/testkit/onnx-builder";
import { SENTIMENT } from "@flotilla/testkit/shared-models";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { writeModels } from "@flotilla/testkit/write-models";
import { installedPeer } from "../src/peers/install-peers.ts";
import { PEERS } from "../src/peers/peers.ts";
import { grpcAnswer, httpAnswer, isWellFormed } from "../src/stacks/peer-answer.ts";
import type { Stack } from "../src/stacks/stack.ts";
import { startPeer } from "../src/stacks/start-peer.ts";
import { startProgram } from "../src/stacks/start-program.ts";

// A first start may fetch NGINX, and a slow machine is no failure.
setDefaultTimeout(240_000);

/** What the same model answers over either protocol, through NGINX and directly. */
async function answersOf({ http, grpc, direct }: Stack): Promise<readonly unknown[]> {
  const targets = [http, direct?.http].flatMap((target) => target ?? []);
  const grpcTargets = [grpc, direct?.grpc].flatMap((target) => target ?? []);
  return await Promise.all([...targets.map(httpAnswer), ...grpcTargets.map(grpcAnswer)]);
}

for (const name of ["fastapi", "grpc-aio"]) {
  const peer = PEERS.find((known) => known.name === name);
  if (!peer) throw new Error(`no peer ${name}`);
  const here = await installedPeer(peer);
  const title = here.ok ? name : `${name} (skipped: ${here.problems.join("; ")})`;
  describe.skipIf(!here.ok)(title, () => {
    test("answers alike through NGINX and directly, and leaves no process behind", async () => {
      await using models = await writeModels({ files: { "model.onnx": mlpModel([64, 64, 2]) } });
      const place = { peer, variant: "advised", modelFolder: models.folder } as const;
      const stack = await startPeer({ ...place, workload: "mlp" });
      const pids = Object.values(await stack.pids()).flat();
      const answers = await answersOf(stack);
      await stack[Symbol.asyncDispose]();

      expect(answers).toHaveLength(2);
      for (const answer of answers) {
        const { scores } = answer as { readonly scores: readonly number[] };
        expect(scores.map((score) => score.toFixed(6))).toEqual(["0.007304", "0.001375"]);
      }
      // Three processes, NGINX and one worker of it at least.
      expect(pids.length).toBeGreaterThanOrEqual(5);
      expect(listProcesses().filter(({ pid }) => pids.includes(pid))).toEqual([]);
    });

    test("answers texts with a label and its score", async () => {
      const modelFolder = `${SENTIMENT}/1`;
      await using stack = await startPeer({
        ...{ peer, variant: "advised", modelFolder, workload: "sentiment" },
      });
      for (const answer of await answersOf(stack)) {
        expect(answer).toMatchObject({ label: "negative" });
      }
    });

    test("a variant that it does not have is refused", async () => {
      const start = startPeer({ peer, variant: "best", modelFolder: "/", workload: "mlp" });
      await expect(start).rejects.toThrow(`${name} has no variant best`);
    });
  });
}

test("what a program starts in a group of its own is ended with it, also when its parent has ended", async () => {
  const orphan = "setsid sh -c 'sleep 1000 & sleep 1000'";
  const program = startProgram({
    name: "sh",
    command: ["sh", "-c", `${orphan} & trap '' TERM; while :; do sleep 0.05; done`],
    cwd: "/",
    environment: Bun.env,
  });
  const sleeping = () =>
    listProcesses().filter(
      ({ pid, command }) => command === "sleep 1000" && program.pids().includes(pid),
    );
  await waitUntil("both sleep", () => sleeping().length === 2);
  const [sleeper] = sleeping();
  process.kill(sleeper?.parent ?? 0, "SIGKILL");
  await waitUntil("their parent has ended", () =>
    sleeping().every(({ parent }) => parent !== sleeper?.parent),
  );
  const pids = program.pids();
  await program[Symbol.asyncDispose]();
  expect(listProcesses().filter(({ pid }) => pids.includes(pid))).toEqual([]);
});

test("what cannot be an answer to a workload is not taken for one", () => {
  const good = { workload: "mlp", answer: { scores: [0.1, 0.2] } } as const;
  expect(isWellFormed(good)).toBe(true);
  const unit = [1, ...Array<number>(383).fill(0)];
  expect(isWellFormed({ workload: "minilm", answer: { embedding: unit } })).toBe(true);
  for (const answer of [undefined, {}, { scores: [0.1] }, { scores: [0.1, Number.NaN] }]) {
    expect(isWellFormed({ workload: "mlp", answer })).toBe(false);
  }
  const long = { embedding: unit.map((value) => value * 2) };
  expect(isWellFormed({ workload: "minilm", answer: long })).toBe(false);
  expect(isWellFormed({ workload: "sentiment", answer: { label: "", score: 1 } })).toBe(false);
});
