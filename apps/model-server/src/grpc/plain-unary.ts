import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { failed, type Outcome, success } from "@flotilla/common/failure";
import type { Replica } from "../replica.ts";
import { answerInTurn } from "./answer-in-turn.ts";
import { type PlainAnswer, refuse, respond } from "./plain-answer.ts";
import { deadlineOf } from "./plain-headers.ts";
import { readCall } from "./read-call.ts";
import { readMessage } from "./read-message.ts";
import { type UnaryMethod, unexpected } from "./unary.ts";

interface PlainMethod<Request, Response> {
  readonly replica: Pick<Replica, "settings" | "logger">;
  readonly method: UnaryMethod<Request, Response>;
  readonly codec: {
    /** Throws where the bytes are no such message. */
    requestDeserialize(bytes: Buffer): Request;
    responseSerialize(response: Response): Uint8Array;
  };
}

/**
 * A unary method without grpc-js, which makes a call twice as dear (docs/adr/0009). Its clients cannot tell it from
 * `unary`, which serves the calls whose headers are not plain.
 */
export function plainUnary<Request, Response>(
  plain: PlainMethod<Request, Response>,
): (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void {
  const { grpc_message_limit_bytes, body_timeout_ms } = plain.replica.settings;
  return (stream, headers) => {
    const deadline = deadlineOf(headers);
    const limits = { bytes: grpc_message_limit_bytes, timeoutMs: body_timeout_ms, deadline };
    let onClose = readMessage(stream, limits, (read) => {
      const request = read.ok ? parse(plain, read.value) : read;
      if (!request.ok) {
        refuse(stream, request.failure);
        return;
      }
      const departed = new AbortController();
      onClose = () => {
        // At its deadline a client leaves as well, which the engine keeps itself.
        if (Date.now() < deadline) departed.abort();
      };
      const call = { request: request.value, stream, headers, deadline, signal: departed.signal };
      void answerCall(plain, call, () => {
        onClose = () => {};
      });
    });
    stream.on("close", () => onClose());
    // The client has gone, which "close" says as well.
    stream.on("error", () => {});
  };
}

function parse<Request>(
  { codec }: Pick<PlainMethod<Request, unknown>, "codec">,
  bytes: Buffer,
): Outcome<Request> {
  try {
    return success(codec.requestDeserialize(bytes));
  } catch {
    return failed("corrupt-encoding", "the message is not of the method's type");
  }
}

interface PlainCall<Request> {
  readonly request: Request;
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  readonly deadline: number;
  readonly signal: AbortSignal;
}

async function answerCall<Request, Response>(
  plain: PlainMethod<Request, Response>,
  { request, stream, headers, deadline, signal }: PlainCall<Request>,
  onAnswered: () => void,
): Promise<void> {
  const { replica, method } = plain;
  const { settings } = replica;
  const header = (name: string) => headers[name]?.toString() ?? null;
  const { scope, failure } = readCall({ header, headers, deadline }, settings);
  const outcome =
    failure === undefined
      ? await ask(plain, { request, scope, signal, header }).catch((error) =>
          unexpected(replica, scope, error),
        )
      : ({ ok: false, failure } as const);
  onAnswered();
  const head = { "x-server-id": settings.server_id, "x-request-id": scope.requestId };
  answerInTurn(() => respond(stream, head, outcome));
  method.onEnd?.({ request, scope, failure: outcome.ok ? undefined : outcome.failure });
}

async function ask<Request, Response>(
  { replica, method, codec }: PlainMethod<Request, Response>,
  asked: Parameters<typeof method.answer>[0],
): Promise<Outcome<PlainAnswer>> {
  const answered = await method.answer(asked);
  if (!answered.ok) return answered;
  const { response, trailers } = answered.value;
  const message = codec.responseSerialize(response);
  const { grpc_message_limit_bytes: limit } = replica.settings;
  return message.byteLength > limit
    ? failed("too-large", `the answer has ${message.byteLength} bytes, and may have ${limit}`)
    : success({ message, trailers });
}
