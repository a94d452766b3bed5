import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { freePorts } from "@flotilla/testkit/free-ports";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { peerFolders } from "../peers/install-peers.ts";
import type { Peer, PeerPlace } from "../peers/peers.ts";
import { grpcAnswer, httpAnswer, isWellFormed } from "./peer-answer.ts";
import { predictMessages } from "./predict-messages.ts";
import type { GrpcTarget, HttpTarget, Stack, Workload } from "./stack.ts";
import { startPeerNginx } from "./start-peer-nginx.ts";
import { startProgram } from "./start-program.ts";
import { workloadInputs } from "./workload-inputs.ts";

/** Ray takes its time, and a busy machine takes more. */
const READY_CEILING_MS = 180_000;

interface PeerOptions {
  readonly peer: Peer;
  readonly variant: keyof Peer["variants"];
  readonly workload: Workload;
  /** The model's file, and its tokenizer's. */
  readonly modelFolder: string;
}

/** A peer that answers as it should; it must be installed. */
export async function startPeer(options: PeerOptions): Promise<Stack> {
  const { peer, workload } = options;
  const folder = mkdtempSync(join(tmpdir(), "peer-"));
  const stack = new AsyncDisposableStack();
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  try {
    const count = peer.behindNginx ?? 1;
    const ports = freePorts(count * 3);
    const processes = Array.from({ length: count }, (_, at) => {
      const [port = 0, second = 0, third = 0] = ports.slice(at * 3);
      const place: PeerPlace = { port, otherPorts: [second, third], folder };
      return { port, program: stack.use(startProcess(options, place)) };
    });
    const inputs = await workloadInputs(workload);
    const targetOn = (port: number) => targetOf({ peer, inputs, address: `127.0.0.1:${port}` });
    const answersOn = async (port: number) => {
      for (const { program } of processes) program.mustLive();
      return isWellFormed({ workload, answer: await answerOf(peer, targetOn(port)) });
    };
    for (const { port } of processes) {
      const what = `${peer.name} answers ${workload}`;
      await waitUntil(what, () => answersOn(port), READY_CEILING_MS);
    }
    const [first] = processes;
    const direct = targetOn(first?.port ?? 0);
    const replicas = () => processes.flatMap(({ program }) => program.pids());
    const name = peer.name;
    const end = { [Symbol.asyncDispose]: () => stack.disposeAsync() };
    if (peer.behindNginx === undefined) {
      return { name, ...direct, pids: async () => ({ replicas: replicas() }), ...end };
    }
    const nginx = stack.use(
      await startPeerNginx({
        folder,
        protocol: peer.http ? "http" : "grpc",
        upstreams: processes.map(({ port }) => `127.0.0.1:${port}`),
      }),
    );
    await waitUntil(`NGINX before ${peer.name} answers`, () => {
      nginx.mustLive();
      return answersOn(nginx.port);
    });
    const pids = async () => ({ replicas: replicas(), nginx: nginx.pids() });
    return { name, ...targetOn(nginx.port), direct, pids, ...end };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

function startProcess({ peer, variant, workload, modelFolder }: PeerOptions, place: PeerPlace) {
  const { sources, environment } = peerFolders(peer.name);
  const settings = peer.variants[variant]?.[workload === "mlp" ? "mlp" : "texts"];
  if (settings === undefined) throw new Error(`${peer.name} has no variant ${variant}`);
  const programs = join(environment, "bin");
  const [program = "", ...words] = peer.command(place);
  return startProgram({
    name: peer.name,
    command: [join(programs, program), ...words],
    cwd: sources,
    ...(peer.endsBy && { endsBy: peer.endsBy }),
    environment: {
      ...Bun.env,
      PATH: `${programs}:${Bun.env["PATH"]}`,
      PYTHONPATH: [sources, join(dirname(sources), "shared"), environment].join(":"),
      TOKENIZERS_PARALLELISM: "false",
      PORT: String(place.port),
      WORKLOAD: workload,
      MODEL_FOLDER: modelFolder,
      ...peer.environment?.(place),
      ...settings,
    },
  });
}

interface Targets {
  readonly http?: HttpTarget;
  readonly grpc?: GrpcTarget;
}

function targetOf(options: {
  readonly peer: Peer;
  readonly inputs: Awaited<ReturnType<typeof workloadInputs>>;
  readonly address: string;
}): Targets {
  const { peer, inputs, address } = options;
  if (!peer.http) {
    const method = "flotilla.v1.PredictionService/Predict";
    return { grpc: { address, method, messages: predictMessages(inputs) } };
  }
  const { path, body } = peer.http;
  const all = inputs.kind === "texts" ? inputs.texts : inputs.features;
  return { http: { address, path, bodies: all.map((input) => JSON.stringify(body(input))) } };
}

/** What it answers to the first of the inputs; undefined while it cannot. */
async function answerOf(peer: Peer, { http, grpc }: Targets): Promise<unknown> {
  if (grpc) return await grpcAnswer(grpc);
  const json = http && (await httpAnswer(http));
  return json === undefined ? undefined : peer.http?.answer(json);
}
