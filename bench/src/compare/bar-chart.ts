import { escapeText, svgPage } from "./svg-page.ts";

export interface Panel {
  readonly title: string;
  readonly bars: readonly Bar[];
}

interface Bar {
  readonly label: string;
  /** Of the panel's width, 0 to 1. */
  readonly share: number;
  /** Behind the bar. */
  readonly note: string;
  /** It stands out. */
  readonly own: boolean;
}

const LABEL_WIDTH = 130;
const BARS_WIDTH = 430;
const ROW = 26;
const BAR = 16;
const TITLE = 40;

/** Horizontal bars. */
export function barChart(panels: readonly Panel[]): string {
  let y = 0;
  const parts = panels.map((panel) => {
    const top = y;
    y += TITLE + panel.bars.length * ROW;
    return panelAt(top, panel);
  });
  const titles = panels.map(({ title }) => title);
  return svgPage({ titles, height: y + 10, parts: parts.flat() });
}

function panelAt(top: number, { title, bars }: Panel): readonly string[] {
  return [
    `<text x="0" y="${top + 24}" font-weight="600">${escapeText(title)}</text>`,
    ...bars.flatMap(({ label, share, note, own }, at) => {
      const y = top + TITLE + at * ROW;
      // A bar that is too short to be seen would look like none.
      const width = Math.max(1.5, Math.min(1, share) * BARS_WIDTH);
      const text = y + BAR - 3;
      return [
        `<text x="${LABEL_WIDTH - 8}" y="${text}" text-anchor="end">${escapeText(label)}</text>`,
        `<rect class="${own ? "own" : "other"}" x="${LABEL_WIDTH}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="2"/>`,
        `<text x="${(LABEL_WIDTH + width + 8).toFixed(1)}" y="${text}">${escapeText(note)}</text>`,
      ];
    }),
  ];
}
