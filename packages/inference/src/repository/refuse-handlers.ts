import type { Settings } from "@flotilla/common/settings";
import type { Repository } from "./read-repository.ts";

/** Where handlers are off, none of their code is run: each model that has one is a problem, and is not tried. */
export function refuseHandlers(
  { sources, problems }: Repository,
  { handlers }: Pick<Settings, "handlers">,
): Repository {
  if (handlers === "on") return { sources, problems };
  const files = sources.flatMap(({ handler }) => handler?.file ?? []);
  const refusals = [...new Set(files)].map(
    (file) =>
      `${file}: expected no handler, since handlers (FLOTILLA_HANDLERS) is off; mend: take it away, or set it on`,
  );
  return {
    sources: sources.filter(({ handler }) => handler === undefined),
    problems: [...problems, ...refusals],
  };
}
