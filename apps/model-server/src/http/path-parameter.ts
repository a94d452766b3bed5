/**
 * A model's name or a version as the path says it. What is no UTF-8 (`%ff`) Elysia gives as nothing, and nothing would
 * mean the default: it becomes a name that no model and no version has.
 */
export function pathParameter(decoded: string | undefined): string {
  return decoded || "%";
}
