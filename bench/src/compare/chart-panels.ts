import type { Workload } from "../stacks/stack.ts";
import type { PeerName } from "../stacks/stacks.ts";
import type { Panel } from "./bar-chart.ts";
import { compared, medianOf } from "./judge.ts";
import type { Result } from "./results.ts";
import type { SideName } from "./scenario.ts";
import { thousands } from "./show-round.ts";

const PANELS: readonly { readonly workload: Workload; readonly title: string }[] = [
  { workload: "mlp", title: "A model of microseconds (MLP): requests/s through NGINX" },
  { workload: "minilm", title: "MiniLM, texts of 10 tokens: requests/s through NGINX" },
];

const LABELS: Readonly<Partial<Record<PeerName, string>>> = {
  fastapi: "FastAPI",
  litserve: "LitServe",
  bentoml: "BentoML",
  mlserver: "MLServer",
  "ray-serve": "Ray Serve",
};

/** Flotilla and each peer in its better setting, as shares of Flotilla in the same run. */
export function chartPanels(results: readonly Result[]): readonly Panel[] {
  return PANELS.flatMap(({ workload, title }) => {
    const peers = Object.entries(LABELS).flatMap(([peer, label]) => {
      const sides: readonly string[] = [peer, `${peer}-best`];
      const ratios = results
        .filter(({ scenario }) => isUsual(scenario.name, workload, sides))
        .map(({ rounds }) => compared(rounds, { figure: "perSecond", as: "ratio" }).median);
      if (ratios.length === 0) return [];
      const ratio = Math.min(...ratios);
      const note = ratio >= 1 ? `1 of ${ratio.toFixed(1)}` : `${(1 / ratio).toFixed(1)} ×`;
      return [{ label, share: 1 / ratio, note, own: false }];
    });
    const own = results.find(({ scenario }) => isUsual(scenario.name, workload, ["fastapi"]));
    if (own === undefined) return [];
    const note = `${thousands(medianOf(own.rounds, 0, "perSecond"))}/s`;
    return [{ title, bars: [{ label: "Flotilla", share: 1, note, own: true }, ...peers] }];
  });
}

function isUsual(name: string, workload: Workload, sides: readonly (SideName | string)[]): boolean {
  return sides.some((side) => name === `${workload}-http-32-${side}`);
}
