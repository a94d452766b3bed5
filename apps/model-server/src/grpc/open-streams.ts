import type { EventEmitter } from "node:events";
import { status } from "@grpc/grpc-js";

/** Streams that would outlive a drain: `tryShutdown` waits for them, `forceShutdown` cuts them with RST_STREAM. */
export class OpenStreams {
  readonly #open = new Set<EventEmitter>();
  #ended = false;

  add(stream: EventEmitter): void {
    this.#open.add(stream);
    // Emitted however the call ends.
    stream.on("cancelled", () => this.#open.delete(stream));
    if (this.#ended) end(stream);
  }

  endAll(): void {
    this.#ended = true;
    for (const stream of this.#open) end(stream);
  }
}

function end(stream: EventEmitter): void {
  stream.emit("error", { code: status.UNAVAILABLE, details: "this replica shuts down" });
}
