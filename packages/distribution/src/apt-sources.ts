/** One archive that the machine's apt reads, whichever of apt's two formats it was written in. */
export interface AptSource {
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** How the archive is trusted (`signed-by`, `trusted`), exactly as written: it is passed on, never weakened. */
  readonly trust: ReadonlyMap<TrustField, string>;
}

type TrustField = (typeof TRUST_FIELDS)[number];

const TRUST_FIELDS = ["signed-by", "trusted"] as const;

/** `*.list`: `deb [signed-by=/a.gpg] http://mirror/debian bookworm main`, a line each (sources.list(5)). */
export function parseOneLineSources(text: string): readonly AptSource[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s*)?([^#]*)/.exec(line);
    if (match === null) return [];
    const [uri, suite, ...components] = words(match[2]);
    if (uri === undefined || suite === undefined || components.length === 0) return [];
    const options = new Map(
      words(match[1]).map((option) => {
        const [key = "", value = ""] = option.split("=", 2);
        return [key.toLowerCase(), value.replaceAll(",", " ")] as const;
      }),
    );
    return [{ uris: [uri], suites: [suite], components, trust: trustOf(options) }];
  });
}

/** `*.sources`: paragraphs of `Field: value`, continued by an indented line (deb822(5)). */
export function parseDeb822Sources(text: string): readonly AptSource[] {
  const lines = text.split("\n").filter((line) => !line.startsWith("#"));
  return lines
    .join("\n")
    .split(/\n\s*\n/)
    .flatMap((paragraph) => {
      const fields = new Map(
        paragraph.split(/\n(?=\S)/).map((field) => {
          const colon = field.indexOf(":");
          // A key that stands in the file itself begins on the next line, and must stay there.
          const value = field.slice(colon + 1).replace(/^[ \t]+/, "");
          return [field.slice(0, colon).trim().toLowerCase(), value.trimEnd()];
        }),
      );
      const list = (field: string) => words(fields.get(field));
      const source = {
        uris: list("uris"),
        suites: list("suites"),
        components: list("components"),
        trust: trustOf(fields),
      };
      const enabled = fields.get("enabled")?.toLowerCase() !== "no";
      const complete = [source.uris, source.suites, source.components].every((it) => it.length > 0);
      return enabled && complete && list("types").includes("deb") ? [source] : [];
    });
}

export function renderDeb822Sources(sources: readonly AptSource[]): string {
  return sources
    .map(({ uris, suites, components, trust }) =>
      [
        "types: deb",
        `uris: ${uris.join(" ")}`,
        `suites: ${suites.join(" ")}`,
        `components: ${components.join(" ")}`,
        ...[...trust].map(([field, value]) => `${field}: ${value}`),
        "",
      ].join("\n"),
    )
    .join("\n");
}

/**
 * Where to find a suite of the distribution, told from where the machine finds its own: the same mirrors, with the
 * suite's name in place of the machine's. "host" leaves the machine's own suites as they are.
 */
export function sourcesOfSuite(options: {
  readonly sources: readonly AptSource[];
  readonly codename: string;
  readonly suite: string;
}): readonly AptSource[] {
  const { codename, suite } = options;
  // A machine that follows a moving name has that in its sources instead of its codename.
  const own = [codename, "stable", "oldstable", "testing", "unstable", "sid"];
  const rename = (name: string) => {
    const base = own.find((it) => name === it || name.startsWith(`${it}-`));
    if (base === undefined || name.endsWith("-backports")) return [];
    if (suite === "host") return [name];
    const renamed = suite + name.slice(base.length);
    // Unstable takes every change directly: it has no suites of updates.
    return suite === "sid" && renamed !== "sid" ? [] : [renamed];
  };
  return options.sources.flatMap((source) => {
    const suites = source.suites.flatMap(rename);
    // Others' archives name their suites after Debian's, too, but rarely have a component called main.
    const components = source.components.filter((it) => it === "main" || it === "universe");
    return suites.length > 0 && components.includes("main")
      ? [{ ...source, suites, components }]
      : [];
  });
}

function trustOf(fields: ReadonlyMap<string, string>): ReadonlyMap<TrustField, string> {
  return new Map(
    TRUST_FIELDS.flatMap((field) => {
      const value = fields.get(field);
      return value === undefined ? [] : [[field, value] as const];
    }),
  );
}

function words(text = ""): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
