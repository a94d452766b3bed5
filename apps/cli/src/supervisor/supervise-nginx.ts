import { readFileSync } from "node:fs";
import {
  type Child,
  type ChildObserver,
  type ChildSpec,
  superviseChild,
} from "./supervise-child.ts";

/** NGINX runs from the first configuration that the gateway brings; each later one is a reload. */
export interface SupervisedNginx {
  readonly child: Child | undefined;
  /** Configurations that were brought, and those of them that a running NGINX was told to load. */
  readonly generation: number;
  readonly reloads: number;
  /** SHA-256 of the last one's text: equal bytes need no reload, whoever compares. */
  readonly digest: string | undefined;
  /** The file has passed `nginx -t`. False: NGINX is being stopped, and loads nothing any more. */
  load(configuration: string): boolean;
  /** From now on nothing is loaded, and its end is for good. */
  stop(): void;
}

export function superviseNginx(options: {
  readonly spec: (configuration: string) => ChildSpec;
  readonly observer: ChildObserver;
}): SupervisedNginx {
  let child: Child | undefined;
  let generation = 0;
  let reloads = 0;
  let digest: string | undefined;
  let stopped = false;
  return {
    get child() {
      return child;
    },
    get generation() {
      return generation;
    },
    get reloads() {
      return reloads;
    },
    get digest() {
      return digest;
    },
    load(configuration) {
      if (stopped) return false;
      generation += 1;
      digest = Bun.SHA256.hash(readFileSync(configuration), "hex");
      if (child === undefined) {
        child = superviseChild(() => options.spec(configuration), options.observer);
      } else if (child.pid !== undefined) {
        child.signal("SIGHUP");
        reloads += 1;
      }
      // Else it waits for its restart, and will read the new file then.
      return true;
    },
    stop() {
      stopped = true;
      child?.stop();
    },
  };
}
