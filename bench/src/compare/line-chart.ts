import { escapeText, svgPage } from "./svg-page.ts";

export interface LinePanel {
  readonly title: string;
  readonly xLabel: string;
  /** Equal factors have equal widths, for steps such as 1, 4, 16. */
  readonly xScale: "linear" | "log";
  /** One to three. */
  readonly series: readonly Series[];
  readonly showX: (x: number) => string;
  readonly showY: (y: number) => string;
}

interface Series {
  readonly label: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

const LEFT = 70;
const PLOT_WIDTH = 540;
const TITLE = 40;
const PLOT_HEIGHT = 180;
const BELOW = 48;
const HEIGHT = TITLE + PLOT_HEIGHT + BELOW;
const Y_STEPS = 4;
/** Labels of lines and of ticks that are nearer would lie on each other. */
const LINE_OF_TEXT = 16;
const TICK_WIDTH = 44;
const CLASSES = ["own", "second", "third"] as const;

/** Lines over a scale, one panel under the other; of the same kind as the bars. */
export function lineChart(panels: readonly LinePanel[]): string {
  const parts = panels.flatMap((panel, at) => panelAt(at * HEIGHT, panel));
  const titles = panels.map(({ title }) => title);
  return svgPage({ titles, height: panels.length * HEIGHT, parts });
}

function panelAt(top: number, panel: LinePanel): readonly string[] {
  const points = panel.series.flatMap((series) => series.points);
  const most = roundUp(Math.max(...points.map(([, y]) => y)));
  const bottom = top + TITLE + PLOT_HEIGHT;
  const toX = scaleOf(
    panel.xScale,
    points.map(([x]) => x),
  );
  const toY = (y: number) => bottom - (y / most) * PLOT_HEIGHT;
  return [
    `<text x="0" y="${top + 24}" font-weight="600">${escapeText(panel.title)}</text>`,
    ...Array.from({ length: Y_STEPS + 1 }, (_, step) => (most * step) / Y_STEPS).flatMap((y) => [
      `<line class="grid" x1="${LEFT}" x2="${LEFT + PLOT_WIDTH}" y1="${px(toY(y))}" y2="${px(toY(y))}"/>`,
      `<text x="${LEFT - 8}" y="${px(toY(y) + 4)}" text-anchor="end">${escapeText(panel.showY(y))}</text>`,
    ]),
    ...ticksOf(points, toX).map(
      (x) =>
        `<text x="${px(toX(x))}" y="${bottom + 18}" text-anchor="middle">${escapeText(panel.showX(x))}</text>`,
    ),
    `<text x="${LEFT + PLOT_WIDTH / 2}" y="${bottom + 36}" text-anchor="middle">${escapeText(panel.xLabel)}</text>`,
    ...panel.series.map(
      ({ points }, at) =>
        `<polyline class="line ${CLASSES[at % CLASSES.length]}" points="${points.map(([x, y]) => `${px(toX(x))},${px(toY(y))}`).join(" ")}"/>`,
    ),
    ...lineLabels(panel.series, toX, toY),
  ];
}

/** At the end of each line, moved apart where two end together. */
function lineLabels(
  ...[series, toX, toY]: readonly [
    LinePanel["series"],
    (x: number) => number,
    (y: number) => number,
  ]
): readonly string[] {
  let free = Number.NEGATIVE_INFINITY;
  return series
    .map(({ label, points }, at) => ({ label, at, last: points.at(-1) ?? [0, 0] }))
    .toSorted((one, other) => toY(one.last[1]) - toY(other.last[1]))
    .map(({ label, at, last: [x, y] }) => {
      const place = Math.max(free, toY(y) + 4);
      free = place + LINE_OF_TEXT;
      return `<text class="${CLASSES[at % CLASSES.length]}" x="${px(toX(x) + 8)}" y="${px(place)}">${escapeText(label)}</text>`;
    });
}

function scaleOf(scale: LinePanel["xScale"], all: readonly number[]): (x: number) => number {
  const place = scale === "log" ? Math.log2 : (x: number) => x;
  const [least, most] = [place(Math.min(...all)), place(Math.max(...all))];
  return (x) => LEFT + ((place(x) - least) / Math.max(Number.EPSILON, most - least)) * PLOT_WIDTH;
}

/** The values themselves, without those that have no room. */
function ticksOf(
  points: LinePanel["series"][number]["points"],
  toX: (x: number) => number,
): readonly number[] {
  const ticks: number[] = [];
  for (const x of points.map(([value]) => value).toSorted((a, b) => a - b)) {
    const last = ticks.at(-1);
    if (last === undefined || toX(x) - toX(last) >= TICK_WIDTH) ticks.push(x);
  }
  return ticks;
}

/** To 1, 2, 4 or 8 with zeros behind it, so that the steps are whole. */
function roundUp(value: number): number {
  if (!(value > 0)) return 1;
  const ten = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 8, 10].find((one) => one * ten >= value) ?? 10) * ten;
}

function px(value: number): string {
  return String(Number(value.toFixed(1)));
}
