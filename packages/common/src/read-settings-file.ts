import { isMap, isScalar, LineCounter, parseDocument } from "yaml";
import { closestWord } from "./closest-word.ts";
import type { GivenSetting } from "./given-setting.ts";
import { SETTING_KEYS, type SettingKey } from "./settings.ts";

/** `flotilla.yaml`: one key a setting. Problems name the file and the line. */
export function readSettingsFile({
  path,
  text,
}: {
  readonly path: string;
  readonly text: string;
}): { readonly settings: readonly GivenSetting[]; readonly problems: readonly string[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number) => `${path}:${lines.linePos(offset).line}`;
  const syntax = [...document.errors, ...document.warnings].map(
    ({ message, pos }) => `${place(pos[0])}: ${message}; mend: write it as YAML 1.2`,
  );
  if (syntax.length > 0 || document.contents === null) return { settings: [], problems: syntax };
  if (!isMap(document.contents)) {
    return { settings: [], problems: [`${path}:1: expected lines of the form key: value`] };
  }
  const settings: GivenSetting[] = [];
  const problems: string[] = [];
  for (const { key: node, value } of document.contents.items) {
    const name = isScalar(node) ? String(node.value) : String(node);
    const at = place((isScalar(node) ? node.range?.[0] : undefined) ?? 0);
    const key = SETTING_KEYS.find((known) => known === name);
    if (key === undefined) problems.push(`${at}: ${name}: ${unknownKey(name)}`);
    else settings.push(given({ key, value: isScalar(value) ? value.value : value, place: at }));
  }
  return { settings, problems };
}

function given(options: {
  readonly key: SettingKey;
  readonly value: unknown;
  readonly place: string;
}): GivenSetting {
  const { key, value, place } = options;
  return { key, value, place: `${place}: ${key}`, write: (example) => `${key}: ${example}` };
}

function unknownKey(name: string): string {
  const closest = closestWord(name, SETTING_KEYS);
  const mend =
    closest === undefined ? `use one of ${SETTING_KEYS.join(", ")}` : `did you mean ${closest}?`;
  return `unknown key; mend: ${mend}`;
}
