const WIDTH = 760;
const FONT = 'font-family="system-ui, sans-serif" font-size="13"';

/** An SVG: no script, no font of its own, and readable on a light and on a dark page. */
export function svgPage(options: {
  /** Of its pictures: what a reader hears who does not see them. */
  readonly titles: readonly string[];
  readonly height: number;
  readonly parts: readonly string[];
}): string {
  const { titles, height, parts } = options;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" ${FONT}>`,
    `<title>${escapeText(titles.join("; "))}</title>`,
    "<style>text { fill: #1f2328 } .other { fill: #8c959f } .own { fill: #1a7f37 } .second { fill: #0969da } .third { fill: #9a6700 }",
    ".line { fill: none; stroke-width: 2 } .line.own { stroke: #1a7f37 } .line.second { stroke: #0969da } .line.third { stroke: #9a6700 } .grid { stroke: #8c959f; stroke-opacity: 0.3 }",
    "@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .own { fill: #3fb950 } .second { fill: #58a6ff } .third { fill: #d29922 }",
    ".line { fill: none } .line.own { stroke: #3fb950 } .line.second { stroke: #58a6ff } .line.third { stroke: #d29922 } }</style>",
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

export function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
