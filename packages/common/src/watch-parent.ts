const CHECK_MS = 250;

/** Calls once when the process that started this one is dead: then init, or a reaper, is the parent. */
export function watchParent(onDeath: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onDeath();
  }, CHECK_MS);
}
