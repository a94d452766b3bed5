import type { FleetSpec } from "./fleet-spec.ts";

/** What users add themselves, each file with a comment that says where it is from. */
export function renderUserDirectives(
  { directives }: FleetSpec,
  place: keyof FleetSpec["directives"],
): readonly string[] {
  return directives[place].flatMap(({ path, source }) => [`# ${source}`, `include "${path}";`, ""]);
}
