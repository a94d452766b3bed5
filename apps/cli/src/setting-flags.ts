import {
  SETTING_KEYS,
  type SettingKey,
  settingFlag,
  settingSchema,
} from "@flotilla/common/settings";
import { type Command, Option } from "commander";

/** A fleet names its replicas itself. */
const FLEET_KEYS = SETTING_KEYS.filter((key) => key !== "server_id");

/** By which a running fleet is found: its gateway, and what its clients ask. */
export const OPERATIONS_KEYS: readonly SettingKey[] = ["ops_host", "ops_port"];
export const PUBLIC_KEYS: readonly SettingKey[] = ["host", "http_port"];
export const PREDICT_KEYS: readonly SettingKey[] = [...PUBLIC_KEYS, "session_header"];

/** The settings as flags of a command: those named, else all. They take any text: what is wrong is named together. */
export function addSettingFlags(
  command: Command,
  keys: readonly SettingKey[] = FLEET_KEYS,
): Command {
  for (const key of keys) {
    const schema = settingSchema(key);
    const { default: value } = schema;
    const shownDefault = value === "" || typeof value === "object" ? "" : ` (default: ${value})`;
    const description = `${schema["description"]}${shownDefault}`;
    command.addOption(new Option(`${settingFlag(key)} <value>`, description));
  }
  return command.option("--config <file>", "the settings' file (default: flotilla.yaml, if there)");
}

/** What was typed, by the setting's key; commander names options in camel case. */
export function typedFlags(
  options: Readonly<Record<string, unknown>>,
): Readonly<Partial<Record<SettingKey, string>>> {
  const flags: Partial<Record<SettingKey, string>> = {};
  for (const key of FLEET_KEYS) {
    const typed = options[key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())];
    if (typeof typed === "string") flags[key] = typed;
  }
  return flags;
}
