interface Family {
  /** `# HELP` and `# TYPE`, of whoever said it first. */
  readonly head: readonly string[];
  readonly samples: string[];
}

/**
 * Several processes' metrics as one page: the text format allows one HELP, one TYPE and one group of samples for each
 * family. The processes label their samples themselves.
 */
export function mergeMetrics(pages: readonly string[]): string {
  const families = new Map<string, Family>();
  for (const page of pages) addPage(families, page);
  const lines = [...families.values()].flatMap(({ head, samples }) => [...head, ...samples]);
  return `${lines.join("\n")}\n`;
}

/** In a page HELP stands before TYPE, and both before the family's samples. */
function addPage(families: Map<string, Family>, page: string): void {
  let help: readonly string[] = [];
  let samples: string[] = [];
  for (const line of page.split("\n")) {
    const [, type] = /^# TYPE (\S+)/.exec(line) ?? [];
    if (line.startsWith("# HELP ")) {
      help = [line];
    } else if (type !== undefined) {
      const family = families.get(type) ?? { head: [...help, line], samples: [] };
      families.set(type, family);
      samples = family.samples;
      help = [];
    } else if (line !== "" && !line.startsWith("#")) {
      samples.push(line);
    }
  }
}

/** A gauge or counter of the gateway's own. */
export function renderFamily(options: {
  readonly name: string;
  readonly help: string;
  readonly type: "gauge" | "counter";
  readonly samples: readonly { readonly labels: string; readonly value: number }[];
}): string {
  const { name, help, type, samples } = options;
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(({ labels, value }) => `${name}${labels} ${value}`),
    "",
  ].join("\n");
}
