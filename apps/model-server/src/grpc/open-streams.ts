import type { EventEmitter } from "node:events";
import { status } from "@grpc/grpc-js";

/** Streams that would outlive a drain: `tryShutdown` waits for them, `forceShutdown` cuts them with RST_STREAM. */
export class OpenStreams {
  readonly #open = new Map<EventEmitter, () => void>();
  #ended = false;

  /** `end`: what ends it, unless that may be done at once. */
  add(stream: EventEmitter, end = () => endAtOnce(stream)): void {
    this.#open.set(stream, end);
    // Emitted however the call ends.
    stream.on("cancelled", () => this.#open.delete(stream));
    if (this.#ended) end();
  }

  endAll(): void {
    this.#ended = true;
    for (const end of this.#open.values()) end();
  }
}

function endAtOnce(stream: EventEmitter): void {
  stream.emit("error", { code: status.UNAVAILABLE, details: "this replica shuts down" });
}
