/** `name { … }`, its lines indented; an empty line stays empty. */
export function block(name: string, lines: readonly string[]): readonly string[] {
  return [`${name} {`, ...lines.map((line) => (line === "" ? "" : `    ${line}`)), "}"];
}
