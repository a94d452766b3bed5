const BEAT_MS = 500;

/**
 * Tells the supervisor, over the channel that it opened at this process's start, that this thread still turns: who
 * hangs is killed for it. A process that was started without such a channel tells nobody.
 */
export function sendHeartbeat(): void {
  const send = process.send?.bind(process);
  if (send === undefined) return;
  let underWay = false;
  const beat = () => {
    // A supervisor that is stopped reads nothing: then one beat waits for it, and not all of them.
    if (underWay) return;
    underWay = true;
    send("beat", undefined, undefined, () => {
      underWay = false;
    });
  };
  beat();
  setInterval(beat, BEAT_MS).unref();
}
