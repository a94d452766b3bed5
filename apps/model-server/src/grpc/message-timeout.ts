import { failed } from "@flotilla/common/failure";
import type { ServerInterceptingCall, ServerInterceptor } from "@grpc/grpc-js";
import { failureToStatus } from "./failure-to-status.ts";

/** Ends a call whose one message does not arrive: its method, which is called with the message, cannot. */
export function messageTimeout(timeoutMs: number): ServerInterceptor {
  const late = failed("body-timeout", `the message did not arrive within ${timeoutMs} ms`);
  return (method, intercepted) => {
    const call = intercepted as ServerInterceptingCall;
    if (method.requestStream) return call;
    const start = call.start.bind(call);
    // Not a ServerInterceptingCall around it, which would take part in every step of the answer, too.
    call.start = (listener) => {
      const timer = setTimeout(() => call.sendStatus(failureToStatus(late.failure)), timeoutMs);
      start({
        onReceiveMetadata: (metadata) => listener.onReceiveMetadata(metadata),
        onReceiveMessage(message) {
          clearTimeout(timer);
          listener.onReceiveMessage(message);
        },
        onReceiveHalfClose: () => listener.onReceiveHalfClose(),
        onCancel() {
          clearTimeout(timer);
          listener.onCancel();
        },
      });
    };
    return call;
  };
}
