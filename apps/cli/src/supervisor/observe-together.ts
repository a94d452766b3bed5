import type { ChildObserver } from "./supervise-child.ts";

/** Each event goes to all that want it, in their order. */
export function observeTogether(...observers: readonly Partial<ChildObserver>[]): ChildObserver {
  const tell = (to: (observer: Partial<ChildObserver>) => void) => {
    for (const observer of observers) to(observer);
  };
  return {
    onSpawned: (child) => tell((observer) => observer.onSpawned?.(child)),
    onReady: (child) => tell((observer) => observer.onReady?.(child)),
    onEnd: (child, end) => tell((observer) => observer.onEnd?.(child, end)),
    onLine: (child, line) => tell((observer) => observer.onLine?.(child, line)),
    onBeat: (child) => tell((observer) => observer.onBeat?.(child)),
  };
}
