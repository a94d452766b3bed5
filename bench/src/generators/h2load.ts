import { percentile } from "../load/percentile.ts";
import type { GrpcTarget } from "../stacks/stack.ts";
import type { LoadResult } from "./load-result.ts";
import { runGenerator } from "./run-generator.ts";
import type { ClosedLoop } from "./wrk.ts";

/** gRPC in a closed loop: one call at a time on each connection, always the first message, for it takes no more. */
export function h2loadLoad(
  path: string,
  { address, method, messages }: GrpcTarget,
  loop: ClosedLoop & {
    /** Of a right answer to the first message. */
    readonly answerBytes: number;
  },
): Promise<LoadResult> {
  const { connections, seconds, answerBytes } = loop;
  return runGenerator({
    files: { "call.bin": grpcFrame(messages[0] ?? new Uint8Array()) },
    command: (pathOf) => [
      path,
      ...["-t1", `-c${connections}`, "-m1", `-D${seconds}`],
      ...["-d", pathOf("call.bin"), `--log-file=${pathOf("calls.tsv")}`],
      ...["-H", "content-type: application/grpc", "-H", "te: trailers"],
      `http://${address}/${method}`,
    ],
    async read(output, cpuMs, pathOf) {
      const calls = await Bun.file(pathOf("calls.tsv")).text();
      return { ...readH2load({ output, calls, answerBytes }), ms: seconds * 1000, cpuMs };
    },
  });
}

/** A compression flag and a length before every message. */
const FRAME_HEAD = 5;

function grpcFrame(message: Uint8Array): Uint8Array {
  const head = Buffer.alloc(FRAME_HEAD);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/**
 * `calls`: its log, a line for each with start, status and microseconds. A call that failed has HTTP's status 200 all
 * the same, but no message: it is seen by the bytes that are missing.
 */
export function readH2load(said: {
  readonly output: string;
  readonly calls: string;
  readonly answerBytes: number;
}): Pick<LoadResult, "answers" | "failed" | "p50Ms" | "p99Ms"> {
  const { output, calls, answerBytes } = said;
  const counts = /^requests: .* (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout/m.exec(
    output,
  );
  const dataBytes = /^traffic: .*\((\d+)\) data$/m.exec(output)?.[1];
  if (counts === null || dataBytes === undefined) {
    throw new Error(`h2load gave no result:\n${output}`);
  }
  const [ended = 0, ...failures] = counts.slice(1).map(Number);
  const empty = Math.max(0, Math.floor(ended - Number(dataBytes) / (FRAME_HEAD + answerBytes)));
  const latencies = calls
    .split("\n")
    .map((line) => line.split("\t"))
    .filter(([, status]) => status === "200")
    .map(([, , us]) => Number(us) / 1000);
  return {
    answers: ended - empty,
    failed: failures.reduce((sum, count) => sum + count, empty),
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
  };
}
