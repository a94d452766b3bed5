import { grpcWire } from "../lean/grpc-wire.ts";
import { http1Wire } from "../lean/http1-wire.ts";
import { type LeanConnection, openLean } from "../lean/lean-connection.ts";
import type { Target } from "./measure-point.ts";

export interface IdleConnections extends Disposable {
  /** Those that the other side has not closed. */
  readonly count: number;
}

/** Connections that were each used once, one after the other: what stays is what an idle one takes. */
export async function holdIdle(target: Target, count: number): Promise<IdleConnections> {
  const wire = "http" in target ? http1Wire(target.http) : grpcWire(target.grpc);
  const { address } = "http" in target ? target.http : target.grpc;
  const held = new Set<LeanConnection>();
  const close = () => {
    for (const connection of held) connection.close();
    held.clear();
  };
  try {
    for (let turn = 0; turn < count; turn++) {
      const answer = Promise.withResolvers<void>();
      const connection = await openLean(wire, address, {
        answered: (_, good) =>
          good ? answer.resolve() : answer.reject(new Error(`${address}: a bad answer`)),
        ended(ended) {
          held.delete(ended);
          answer.reject(new Error(`${address} has closed a connection`));
        },
      });
      held.add(connection);
      connection.send(turn, performance.now());
      await answer.promise;
    }
  } catch (error) {
    close();
    throw error;
  }
  return {
    get count() {
      return held.size;
    },
    [Symbol.dispose]: close,
  };
}
