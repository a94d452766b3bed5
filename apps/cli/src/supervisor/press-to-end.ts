import type { Settings } from "@flotilla/common/settings";
import type { Screen } from "../screen/screen.ts";
import type { Child } from "./supervise-child.ts";

const AGAIN_MS = 100;
/** For its exit, after the last request had its time. */
const GRACE_MS = 5_000;

/** Repeats SIGTERM until the process has ended, since two at once may arrive as one; kills it when its time is over. */
export async function pressToEnd(options: {
  readonly child: Child;
  readonly limits: Pick<Settings, "drain_delay_ms" | "deadline_ms">;
  readonly screen: Screen;
}): Promise<void> {
  const { child, limits, screen } = options;
  const { pid } = child;
  const limitMs = limits.drain_delay_ms + limits.deadline_ms + GRACE_MS;
  const start = performance.now();
  while (child.pid === pid && performance.now() - start < limitMs) {
    child.signal("SIGTERM");
    await Bun.sleep(AGAIN_MS);
  }
  if (child.pid !== pid) return;
  const why = `it has not ended ${limitMs / 1_000} s after it was told to`;
  screen.warn(`${child.spec.name} is killed: ${why}`);
  child.kill(why);
}
