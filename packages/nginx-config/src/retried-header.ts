import { block } from "./block.ts";

/** NGINX's list of the addresses that it went to has no space while there is only one. */
export function renderRetriedMap(): readonly string[] {
  return [
    "# Whether an answer needed a further attempt, be it within an upstream or in a further hop.",
    ...block("map $upstream_addr $flotilla_retried", ['default "";', '"~ " 1;']),
  ];
}

/** Only where a replica answers: the locations of NGINX's own errors have headers of their own, and inherit none. */
export function renderRetriedHeader(): string {
  return "add_header x-flotilla-retried $flotilla_retried always;";
}
