/** A stall counts as one of them, however long it is. */
const SLICES = 8;

/**
 * Calls back when this thread has waited so long, and not merely because it was held up itself: what it waits for may
 * have come long ago then, and is seen only after the timers. Gives what cancels it.
 */
export function whenOverdue(ms: number, callBack: () => void): () => void {
  let left = SLICES;
  let timer = setTimeout(next, ms / SLICES);
  function next() {
    left -= 1;
    if (left === 0) callBack();
    else timer = setTimeout(next, ms / SLICES);
  }
  return () => clearTimeout(timer);
}
