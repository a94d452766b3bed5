import type { LoadResult } from "../generators/load-result.ts";
import type { GrpcTarget, HttpTarget } from "../stacks/stack.ts";
import type { Pace } from "./pace.ts";

interface Run {
  readonly connections: number;
  readonly ms: number;
  readonly pace: Pace;
}

export type LeanPlan = Run &
  (
    | { readonly protocol: "http"; readonly target: HttpTarget }
    | {
        readonly protocol: "grpc";
        readonly target: Omit<GrpcTarget, "messages">;
        /** In base64. */
        readonly messages: readonly string[];
      }
  );

const SCRIPT = new URL("./lean-process.ts", import.meta.url).pathname;

/** Our own generator, where wrk and h2load cannot do it: at a fixed rate, or with none of them at hand. */
export async function leanLoad(
  asked: { readonly http: HttpTarget } | { readonly grpc: GrpcTarget },
  run: Run,
): Promise<LoadResult> {
  const child = Bun.spawn([process.execPath, SCRIPT], {
    stdin: new Blob([JSON.stringify({ ...run, ...planOf(asked) })]),
    stdout: "pipe",
    stderr: "inherit",
  });
  const [said, code] = await Promise.all([child.stdout.text(), child.exited]);
  if (code !== 0) throw new Error(`the load ended with exit code ${code}`);
  return JSON.parse(said) as LoadResult;
}

function planOf(asked: { readonly http: HttpTarget } | { readonly grpc: GrpcTarget }) {
  if ("http" in asked) return { protocol: "http", target: asked.http };
  const { messages, ...target } = asked.grpc;
  return {
    protocol: "grpc",
    target,
    messages: messages.map((message) => Buffer.from(message).toString("base64")),
  };
}
