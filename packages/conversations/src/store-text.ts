import { join } from "node:path";
import type { Settings } from "@flotilla/common/settings";
import { stateFolder } from "@flotilla/common/state-folder";

/** What `session_store` says, with the file that `sqlite:` alone means. */
export function storeText({
  session_store,
  state,
}: Pick<Settings, "session_store" | "state">): string {
  return session_store === "sqlite:"
    ? `sqlite:${join(stateFolder(state).folder, "sessions.db")}`
    : session_store;
}
