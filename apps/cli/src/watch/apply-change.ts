import type { Checked } from "@flotilla/common/checked";
import type { Screen } from "../screen/screen.ts";
import { shownPath } from "../screen/shown-path.ts";
import type { FilesChange } from "./watch-files.ts";

/** By who must read the files again: does it, waits until it is done, and tells what is so then. */
export type ChangeActions = Readonly<Record<keyof typeof BEGIN, () => Promise<Checked<string>>>>;

/** In this order: a new gateway reads the settings, and new replicas get them. */
const BEGIN = {
  gateway: "the gateway restarts, and NGINX serves on",
  configuration: "the settings are read again",
  replicas: "the replicas restart, one by one",
} as const;

const SHOWN_PATHS = 3;

/** Has a save's files read by those who use them, and shows what comes of it. False: not all could. */
export async function applyChange(
  { paths, users }: FilesChange,
  { screen, actions }: { readonly screen: Screen; readonly actions: ChangeActions },
): Promise<boolean> {
  const changed = `${pathList(paths)} changed`;
  const concerned = (Object.keys(BEGIN) as (keyof typeof BEGIN)[]).filter((user) =>
    users.has(user),
  );
  if (concerned.length === 0) screen.step(`${changed}: it counts when \`dev\` is started again`);
  let isDone = true;
  for (const user of concerned) {
    screen.step(`${changed}: ${BEGIN[user]}`);
    const start = performance.now();
    const acted = await actions[user]();
    if (acted.ok) screen.step(`${acted.value} (${seconds(start)} s)`);
    else for (const problem of acted.problems) screen.warn(problem);
    isDone &&= acted.ok;
  }
  if (!isDone) screen.warn("the next save tries again");
  return isDone;
}

function pathList(paths: readonly string[]): string {
  const shown = paths.slice(0, SHOWN_PATHS).map(shownPath);
  const more = paths.length - shown.length;
  return more > 0 ? `${shown.join(", ")} and ${more} more` : shown.join(", ");
}

function seconds(start: number): string {
  return ((performance.now() - start) / 1_000).toFixed(1);
}
