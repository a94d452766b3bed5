/**
 * Waits for a state, not for a time: asks again until the answer is neither undefined nor false. The ceiling only
 * turns a hang into a failure that says what was awaited.
 */
export async function waitUntil<T>(
  what: string,
  ask: () => T | Promise<T>,
  ceilingMs = 60_000,
): Promise<Exclude<T, undefined | false>> {
  const end = performance.now() + ceilingMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) {
      return answer as Exclude<T, undefined | false>;
    }
    if (performance.now() > end) throw new Error(`waited ${ceilingMs} ms in vain: ${what}`);
    await Bun.sleep(10);
  }
}
