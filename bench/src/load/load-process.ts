import { runClosedLoop } from "./closed-loop.ts";
import { connectGrpc } from "./grpc-connection.ts";
import { connectHttp } from "./http-connection.ts";
import {
  type FromLoad,
  type Plan,
  PROTOCOLS,
  type Protocol,
  type ToLoad,
} from "./load-protocol.ts";
import { runOpenLoop } from "./open-loop.ts";
import type { Connection } from "./outcome.ts";
import { questionsOf } from "./questions.ts";
import { createRecorder } from "./tally.ts";

/** The clients, in a process of their own: start-load.ts starts it, tells it when a phase ends, and ends it. */
const CONNECT = { http: connectHttp, grpc: connectGrpc } as const;
const REPORT_MS = 50;
/** More than a fleet of three holds by its limits (1,024 waiting in each replica). */
const OPEN_AT_MOST = 4_000;
/** Calls at once on a gRPC connection; NGINX takes 128. */
const CALLS_PER_CHANNEL = 100;

const { addresses, questions, pace } = JSON.parse(process.argv[2] ?? "") as Plan;
const recorders = { http: createRecorder(), grpc: createRecorder() };
const say = (message: FromLoad) => process.send?.(message);

function start(protocol: Protocol, address: string) {
  const options = { recorder: recorders[protocol], nextQuestion: questionsOf(questions) };
  if (pace.kind === "open") {
    const { perSecond } = pace;
    return runOpenLoop({ ...options, perSecond, connections: openConnections(protocol, address) });
  }
  const { clients, thinkMs } = pace;
  const connections = Array.from({ length: clients }, () => CONNECT[protocol](address));
  return runClosedLoop({ ...options, thinkMs, connections });
}

/** HTTP/1.1 needs a connection for each question that is open, and makes it when it is needed; gRPC shares some. */
function openConnections(protocol: Protocol, address: string): readonly Connection[] {
  const each = protocol === "grpc" ? CALLS_PER_CHANNEL : 1;
  const connections = Array.from({ length: OPEN_AT_MOST / each }, () => CONNECT[protocol](address));
  return Array.from({ length: each }, () => connections).flat();
}

const loops = PROTOCOLS.flatMap((protocol) => {
  const address = addresses[protocol];
  return address === undefined ? [] : [start(protocol, address)];
});

process.on("message", async (told: ToLoad) => {
  if (told === "finish") await Promise.all(loops.map((loop) => loop.stop()));
  const tallies = { http: recorders.http.take(), grpc: recorders.grpc.take() };
  say({ type: "phase", tallies });
});
process.on("disconnect", () => process.exit());
setInterval(() => {
  say({ type: "good", good: { http: recorders.http.good, grpc: recorders.grpc.good } });
}, REPORT_MS);
