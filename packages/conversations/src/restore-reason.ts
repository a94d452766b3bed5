/**
 * Why a turn did not find its memory in this replica: it was put out to make room (`evicted`) or for being idle
 * (`idle`), another replica had the last turn (`moved`), an earlier process of this one had it (`restarted`), or
 * somebody else had written to it (`outdated`).
 */
export type RestoreReason = "evicted" | "idle" | "moved" | "restarted" | "outdated";
