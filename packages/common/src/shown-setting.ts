import type { SettingKey, Settings } from "./settings.ts";

type Value = Settings[SettingKey];

/** A setting's value for people, who may show it to others: without the password of a store's address. */
export function shownSetting(key: SettingKey, value: Value): Value {
  return key === "session_store" ? String(value).replace(/(:\/\/[^:@/]*):.*@/, "$1:…@") : value;
}
