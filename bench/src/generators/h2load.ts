import { percentile } from "../load/percentile.ts";
import type { GrpcTarget } from "../stacks/stack.ts";
import type { LoadResult } from "./load-result.ts";
import { runGenerator } from "./run-generator.ts";
import type { ClosedLoop } from "./wrk.ts";

/** gRPC in a closed loop: one call at a time on each connection, always the first message, for it takes no more. */
export function h2loadLoad(
  path: string,
  { address, method, messages }: GrpcTarget,
  loop: ClosedLoop,
): Promise<LoadResult> {
  const { connections, seconds } = loop;
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
      return { ...readH2load(output, calls), ms: seconds * 1000, cpuMs };
    },
  });
}

function grpcFrame(message: Uint8Array): Uint8Array {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/**
 * `calls`: its log, a line for each with start, status and microseconds. A call that failed has status 200 all the same
 * but no message, so a byte a good answer too few is a failure, too.
 */
export function readH2load(
  output: string,
  calls: string,
): Pick<LoadResult, "answers" | "failed" | "p50Ms" | "p99Ms"> & { readonly bytesEach: number } {
  const counts = /^requests: .* (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout/m.exec(
    output,
  );
  const dataBytes = /^traffic: .*\((\d+)\) data$/m.exec(output)?.[1];
  if (counts === null || dataBytes === undefined) {
    throw new Error(`h2load gave no result:\n${output}`);
  }
  const [answers = 0, ...failures] = counts.slice(1).map(Number);
  const latencies = calls
    .split("\n")
    .map((line) => line.split("\t"))
    .filter(([, status]) => status === "200")
    .map(([, , us]) => Number(us) / 1000);
  return {
    answers,
    failed: failures.reduce((sum, count) => sum + count, 0),
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    bytesEach: Number(dataBytes) / answers,
  };
}
