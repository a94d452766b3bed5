import { connect } from "node:http2";

/** One gRPC call with a message of so many bytes, by hand; gives the headers of the answer. */
export function callUnary(options: {
  readonly port: number;
  readonly path: string;
  readonly bytes: number;
}): Promise<Readonly<Record<string, unknown>>> {
  const { promise, resolve, reject } = Promise.withResolvers<Record<string, unknown>>();
  const session = connect(`http://127.0.0.1:${options.port}`);
  session.on("error", reject);
  const call = session.request({
    ":method": "POST",
    ":path": options.path,
    "content-type": "application/grpc",
    te: "trailers",
  });
  let headers: Record<string, unknown> = {};
  call.on("response", (received) => {
    headers = { ...received };
  });
  call.on("error", reject);
  call.on("close", () => {
    session.close();
    resolve(headers);
  });
  call.resume();
  const frame = Buffer.alloc(5 + options.bytes);
  frame.writeUInt32BE(options.bytes, 1);
  call.end(frame);
  return promise;
}
