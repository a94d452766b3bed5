import type { Screen } from "../screen/screen.ts";
import { createHeartbeatWatch, HEARTBEAT_CHECK_MS, SILENCE_MS } from "./heartbeat-watch.ts";
import type { Child, ChildObserver } from "./supervise-child.ts";

export interface HungReplicas extends Disposable {
  readonly observer: Partial<ChildObserver>;
  /** How often it was killed because it hung. */
  hangs(name: string): number;
}

/**
 * Kills a replica whose main thread does not turn any more. Its connections break, and NGINX brings the requests
 * inside to another replica: nothing else frees them before their deadline.
 */
export function killHungReplicas(options: {
  readonly children: () => readonly Child[];
  readonly screen: Screen;
}): HungReplicas {
  const watch = createHeartbeatWatch(() => performance.now());
  const hangs = new Map<string, number>();
  const timer = setInterval(() => {
    const name = watch.findHung();
    const child = options.children().find(({ spec }) => spec.name === name);
    if (name === undefined || child === undefined) return;
    hangs.set(name, (hangs.get(name) ?? 0) + 1);
    const silence = `no heartbeat for ${SILENCE_MS / 1_000} s`;
    options.screen.warn(
      `${name} has given ${silence}: it is killed (pid ${child.pid}; its requests go to other replicas)`,
    );
    child.kill(`it gave ${silence}`);
  }, HEARTBEAT_CHECK_MS);
  return {
    observer: {
      onBeat: ({ spec }) => watch.beat(spec.name),
      onReady: ({ spec }) => watch.ready(spec.name),
      onEnd: ({ spec }) => watch.ended(spec.name),
    },
    hangs: (name) => hangs.get(name) ?? 0,
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
