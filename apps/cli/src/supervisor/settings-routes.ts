import { type Checked, refused } from "@flotilla/common/checked";
import { readSettings, settingsEnvironment } from "@flotilla/common/read-settings";
import type { Settings } from "@flotilla/common/settings";
import { type ControlRoutes, done, readBody, refusal } from "./control-answers.ts";

export interface SettingsUse {
  /** Flags, variables and the file, as they are now. */
  readonly read: () => Checked<{ readonly settings: Settings }>;
  /** For whatever starts from now on. */
  readonly apply: (settings: Settings) => void;
}

/** Reading them changes nothing: who asks may refuse them before anything has them. */
export function settingsRoutes({ read, apply }: SettingsUse): ControlRoutes {
  return {
    "/settings": {
      POST() {
        const now = read();
        if (!now.ok) return refusal(422, ...now.problems);
        return Response.json({ settings: now.value.settings });
      },
      async PUT(request) {
        const { settings } = await readBody(request);
        const parsed = parseSettings(settings);
        if (!parsed.ok) return refusal(422, ...parsed.problems);
        apply(parsed.value.settings);
        return done();
      },
    },
  };
}

/** As the processes will read them. */
function parseSettings(sent: unknown): Checked<{ readonly settings: Settings }> {
  if (typeof sent !== "object" || sent === null) return refused("settings: expected an object");
  const environment = settingsEnvironment(sent);
  return readSettings({ flags: {}, environment, file: undefined });
}
