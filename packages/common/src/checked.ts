/**
 * What was read at a start (settings, manifests, an NGINX binary), or everything that is wrong with it: each problem
 * a sentence that says where it is and how to mend it. A process that cannot start prints them and exits with 2.
 */
export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly string[] };

export function refused(...problems: readonly string[]): {
  readonly ok: false;
  readonly problems: readonly string[];
} {
  return { ok: false, problems };
}
