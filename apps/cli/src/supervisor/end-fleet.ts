import type { Settings } from "@flotilla/common/settings";
import type { Child } from "./supervise-child.ts";

const SIGTERM_AGAIN_MS = 100;
/** From a request to end until it is not a request any more. */
const GRACE_MS = 1_000;

/** Finishes what is in flight, in bounded time. None of them is restarted any more. */
export async function endFleet(options: {
  readonly nginx: readonly Child[];
  readonly replicas: readonly Child[];
  readonly gateway: Child;
  readonly settings: Pick<Settings, "drain_delay_ms">;
}): Promise<void> {
  const { nginx, replicas, gateway } = options;
  const { drain_delay_ms } = options.settings;
  const signal = (children: readonly Child[], name: NodeJS.Signals) => {
    for (const child of children) child.signal(name);
  };
  // The first SIGTERM only takes their readiness: NGINX still brings what it has accepted.
  signal(replicas, "SIGTERM");
  signal(nginx, "SIGQUIT");
  await endWithin(drain_delay_ms, nginx);
  // Without NGINX they are out of the upstreams. Two signals at once may arrive as one, so it is said until heard.
  const repeat = setInterval(() => signal(replicas, "SIGTERM"), SIGTERM_AGAIN_MS);
  await endWithin(drain_delay_ms, replicas);
  clearInterval(repeat);
  gateway.signal("SIGTERM");
  await endWithin(GRACE_MS, [gateway]);
}

async function endWithin(ms: number, children: readonly Child[]): Promise<void> {
  const ended = Promise.all(children.map((child) => child.ended));
  await Promise.race([ended, Bun.sleep(ms)]);
  for (const child of children) child.signal("SIGTERM");
  await Promise.race([ended, Bun.sleep(GRACE_MS)]);
  for (const child of children) child.kill("it did not end in time");
  await ended;
}
