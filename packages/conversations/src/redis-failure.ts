import type { StoreFailure } from "./session-store.ts";

/** Words of a server's errors, at their beginning or where a script met them. */
const ANSWERS: readonly (readonly [RegExp, StoreFailure["reason"], detail: string])[] = [
  [
    /\bOOM\b/,
    "full",
    "its memory is used up; mend: raise `maxmemory`, or let idle conversations expire sooner",
  ],
  [/\bMISCONF\b/, "full", "it cannot save to its disk, and takes no turns; mend: see its log"],
  [
    /\bREADONLY\b/,
    "unavailable",
    "it is a copy that cannot be written; mend: name the primary, or an address that follows it",
  ],
  [/\bNOREPLICAS\b/, "unavailable", "it misses its copies, and takes no turns; mend: start them"],
  [/\b(?:LOADING|MASTERDOWN|BUSY)\b/, "unavailable", "it is not ready"],
  [
    /\b(?:NOAUTH|WRONGPASS|NOPERM)\b/,
    "unavailable",
    "it refuses this user; mend: see the name, the password and what they may do",
  ],
  [
    /\b(?:MOVED|ASK|CLUSTERDOWN|CROSSSLOT)\b/,
    "unavailable",
    "it is one of a cluster; mend: name a server on its own",
  ],
];

/** What a server answered, or how its connection ended; its address is added where it is known. */
export function redisFailure(error: unknown): StoreFailure {
  const { message, name } = error as Error;
  // Of a connection that ended nobody knows how far it came.
  const mayBeApplied = name !== "ReplyError";
  for (const [word, reason, detail] of ANSWERS) {
    if (word.test(message)) return { reason, detail: `${detail} (${message})`, mayBeApplied };
  }
  if (!mayBeApplied) return { reason: "unexpected", detail: message, mayBeApplied };
  const mend = "mend: see that it runs, and that it is reached from here";
  return { reason: "unavailable", detail: `${message}; ${mend}`, mayBeApplied };
}
