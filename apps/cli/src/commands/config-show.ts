import type { ReadSettings } from "@flotilla/common/read-settings";
import {
  SETTING_KEYS,
  type SettingKey,
  settingFlag,
  settingVariable,
} from "@flotilla/common/settings";
import { shownSetting } from "@flotilla/common/shown-setting";
import { table } from "../screen/table.ts";

/** Every setting with its value and where that came from. */
export function configShow(
  read: ReadSettings,
  { json }: { readonly json: boolean },
): readonly string[] {
  const { settings, origins } = read;
  if (json) {
    const entries = SETTING_KEYS.map((key) => [
      key,
      { value: shownSetting(key, settings[key]), origin: origins[key] },
    ]);
    return [JSON.stringify(Object.fromEntries(entries))];
  }
  const rows = SETTING_KEYS.map((key) => [
    key,
    JSON.stringify(shownSetting(key, settings[key])),
    originOf(read, key),
  ]);
  return table([["setting", "value", "from"], ...rows]);
}

function originOf({ origins }: ReadSettings, key: SettingKey): string {
  switch (origins[key]) {
    case "flag":
      return settingFlag(key);
    case "variable":
      return settingVariable(key);
    case "file":
      return "the settings' file";
    case "default":
      return "default";
  }
}
