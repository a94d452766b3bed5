import type { StoreFailure } from "./session-store.ts";

/** What SQLite threw, for operators. */
export function sqliteFailure(error: unknown, path: string): StoreFailure {
  const { code = "", message } = error as { readonly code?: string; readonly message: string };
  const failure = (reason: StoreFailure["reason"], detail: string) => ({
    reason,
    detail: `${path}: ${detail}`,
    mayBeApplied: false,
  });
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) {
    return failure(
      "locked",
      "another process keeps it locked; mend: end the program that has the file open",
    );
  }
  if (/^SQLITE_FULL/.test(code)) {
    return failure(
      "full",
      "its disk is full, or its limit is reached; mend: make room, raise the limit, or let idle conversations expire sooner",
    );
  }
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) {
    return failure(
      "corrupt",
      `${message}; mend: put a backup in its place, or move it away to begin an empty one`,
    );
  }
  if (/^SQLITE_(CANTOPEN|IOERR|READONLY|PERM|PROTOCOL|NOLFS)/.test(code)) {
    const mend = "mend: see that its folder is there and that this user may write to it";
    return failure("unavailable", `${message} (${code}); ${mend}`);
  }
  return failure("unexpected", `${message} ${code}`.trim());
}
