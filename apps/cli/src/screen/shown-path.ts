import { relative } from "node:path";

/** As short as it can be told: from here, where it lies below. */
export function shownPath(path: string): string {
  const near = relative(process.cwd(), path);
  return near === "" || near.startsWith("..") ? path : near;
}
