/**
 * What is to become of a replica: `run` and go on running; `restart`: end, then run anew; `stay`: end, and stay ended
 * until somebody starts it; `leave`: end, and belong to the fleet no more.
 */
export type ReplicaIntent = "run" | DrainIntent;
export type DrainIntent = (typeof DRAIN_INTENTS)[number];

export const DRAIN_INTENTS = ["restart", "stay", "leave"] as const;

const WORDS: Readonly<Record<DrainIntent, string>> = {
  restart: "is drained, and starts anew then",
  stay: "is drained, and stays so until it is returned",
  leave: "is drained, and leaves the fleet then",
};

export function isDrainIntent(value: unknown): value is DrainIntent {
  return DRAIN_INTENTS.some((intent) => intent === value);
}

export function drainWords(intent: DrainIntent): string {
  return WORDS[intent];
}
