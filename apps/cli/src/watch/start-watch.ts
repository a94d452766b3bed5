import type { Checked } from "@flotilla/common/checked";
import type { Settings } from "@flotilla/common/settings";
import { concernsTypes, keepTypes } from "../handlers/keep-types.ts";
import { hostAndPort } from "../host-and-port.ts";
import type { Screen } from "../screen/screen.ts";
import type { SupervisedFleet } from "../supervisor/supervise-fleet.ts";
import { applyChange } from "./apply-change.ts";
import { changeActions } from "./change-actions.ts";
import { watchFiles } from "./watch-files.ts";
import { watchPlaces } from "./watch-places.ts";

/** From when the fleet serves until it is told to stop: a save rolls through it. */
export function startWatch(options: {
  readonly repository: string;
  readonly settings: Settings;
  /** As they are when it is called. */
  readonly readSettings: () => Checked<{ readonly settings: Settings }>;
  readonly settingsFile: string;
  readonly screen: Screen;
  readonly fleet: Pick<SupervisedFleet, "serving" | "gateway">;
  readonly stop: Promise<unknown>;
  readonly ended: AbortSignal;
}): void {
  const { repository, settings, settingsFile, screen, fleet } = options;
  const { ops_host, ops_port } = settings;
  const placesWith = (now: Settings) => watchPlaces({ repository, settings: now, settingsFile });
  let places = placesWith(settings);
  let { models } = settings;
  const url = `http://${hostAndPort(ops_host, ops_port)}`;
  const actions = changeActions({ url, gateway: fleet.gateway });
  void watchFiles({
    places: () => places,
    begin: () => fleet.serving,
    stop: options.stop,
    async onChange(change) {
      if (change.paths.some(concernsTypes)) void keepTypes(models, options);
      const isDone = await applyChange(change, { screen, actions });
      const read = options.readSettings();
      // The models may lie elsewhere now.
      if (read.ok) {
        places = placesWith(read.value.settings);
        models = read.value.settings.models;
      }
      return isDone;
    },
    onProblems: (problems) => {
      for (const problem of problems) screen.warn(`nothing is watched any more: ${problem}`);
    },
  });
}
