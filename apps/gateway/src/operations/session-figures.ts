import { readSamples, readValue } from "./read-samples.ts";

/** How well conversations stick to a replica, as its own metrics have it. */
export function sessionFigures(page: string | undefined) {
  const recalls = readSamples(page, "flotilla_session_recalls_total").map(
    ({ labels, value }) => [/found="([a-z]+)"/.exec(labels)?.[1] ?? "", value] as const,
  );
  const hits = recalls.find(([found]) => found === "hit")?.[1] ?? 0;
  const restores = recalls.filter(([found]) => found !== "hit");
  const all = recalls.reduce((sum, [, value]) => sum + value, 0);
  return {
    in_memory: readValue(page, "flotilla_sessions_in_memory"),
    hits,
    restores: Object.fromEntries(restores),
    // Of the turns that went on with a conversation; null: there was none yet.
    hit_share: all === 0 ? null : hits / all,
  };
}
