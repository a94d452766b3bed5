import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { settingsJsonSchema } from "@flotilla/common/read-settings";
import { SETTING_KEYS, SETTINGS, settingFlag, settingVariable } from "@flotilla/common/settings";
import { ManifestSchema } from "@flotilla/inference/repository/manifest-schema";
import { readableFiles } from "@flotilla/nginx-config/readable-files";
import { generateProto } from "../proto/generate.ts";

/** Everything that is made from something else and committed, by its path from the root. */
export async function generatedFiles(root: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const addText = (path: string, text: string) => files.set(path, Buffer.from(text));
  addText("docs/schema/flotilla.schema.json", pretty(settingsJsonSchema()));
  addText("docs/schema/model.schema.json", pretty(ManifestSchema));
  for (const [path, text] of readableFiles()) addText(path, text);
  const operating = await Bun.file(join(root, "docs/operating.md")).text();
  addText("docs/operating.md", withSettingsTable(operating));

  const folder = await mkdtemp(join(tmpdir(), "flotilla-proto-"));
  try {
    await generateProto(folder);
    for (const path of new Bun.Glob("**/*").scanSync(folder)) {
      files.set(`proto/generated/${path}`, await Bun.file(join(folder, path)).bytes());
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return files;
}

function pretty(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

const BEGIN = "<!-- settings: written by `bun run generate` -->";
const END = "<!-- /settings -->";

function withSettingsTable(page: string): string {
  const start = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (start === -1 || end === -1) throw new Error(`docs/operating.md lacks ${BEGIN} or ${END}`);
  const rows = SETTING_KEYS.map((key) => {
    const { default: value, description } = SETTINGS[key];
    const shown = value === "" || typeof value === "object" ? "" : `\`${value}\``;
    return `| \`${settingVariable(key)}\` | \`${settingFlag(key)}\` | \`${key}\` | ${shown} | ${description} |`;
  });
  const head =
    "| variable | flag | flotilla.yaml | default | meaning |\n| --- | --- | --- | --- | --- |";
  return `${page.slice(0, start)}${BEGIN}\n${head}\n${rows.join("\n")}\n${page.slice(end)}`;
}
