import type { Settings } from "@flotilla/common/settings";
import type { Screen } from "../screen/screen.ts";
import { pressToEnd } from "./press-to-end.ts";
import { type DrainIntent, drainWords, type ReplicaIntent } from "./replica-intent.ts";
import {
  type Child,
  type ChildObserver,
  type ChildSpec,
  superviseChild,
} from "./supervise-child.ts";

/** A replica's process, and what is to become of it. */
export interface SupervisedReplica {
  readonly number: number;
  readonly child: Child;
  readonly intent: ReplicaIntent;
  /** Tells it to end, and what then. It serves on until it is released. */
  drain(then: DrainIntent): void;
  /**
   * NGINX sends it nothing new: its end is pressed for, and comes in bounded time. Nothing if this process has ended:
   * the next one is not meant.
   */
  release(pid: number): void;
  start(): void;
  /** From now on its end is for good. */
  stop(): void;
}

export interface ReplicaOptions {
  readonly number: number;
  readonly spec: () => ChildSpec;
  readonly intent: "run" | "stay";
  readonly observer: ChildObserver;
  readonly screen: Screen;
  readonly limits: () => Pick<Settings, "drain_delay_ms" | "deadline_ms">;
  readonly onIntent: () => void;
  /** It was to leave, and has ended. */
  readonly onLeft: () => void;
}

export function superviseReplica(options: ReplicaOptions): SupervisedReplica {
  const { screen, onIntent, onLeft } = options;
  const child = superviseChild(options.spec, options.observer);
  if (options.intent === "stay") child.stop();
  let intent: ReplicaIntent = options.intent;
  let released: number | undefined;
  let stopped = false;

  const start = () => {
    if (stopped) return;
    intent = "run";
    child.start();
    onIntent();
  };
  const settle = () => {
    if (child.state !== "ended") return;
    if (intent === "run" || intent === "restart") start();
    if (intent === "leave") onLeft();
  };
  return {
    number: options.number,
    child,
    get intent() {
      return intent;
    },
    drain(then) {
      if (intent !== then) screen.step(`${child.spec.name} ${drainWords(then)}`);
      intent = then;
      onIntent();
      const isTold = child.state === "stopping";
      child.stop();
      if (!isTold) child.signal("SIGTERM");
      void child.ended.then(settle);
    },
    release(pid) {
      if (child.pid !== pid || pid === released) return;
      released = pid;
      void pressToEnd({ child, limits: options.limits(), screen });
    },
    start,
    stop() {
      stopped = true;
      child.stop();
    },
  };
}
