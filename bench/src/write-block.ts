import { join } from "node:path";

const REPOSITORY = join(import.meta.dir, "../..");

/** Puts `text` into a page of the repository, between `<!-- NAME: … -->` and `<!-- /NAME -->`. */
export async function writeBlock(page: string, name: string, text: string): Promise<void> {
  const path = join(REPOSITORY, page);
  const content = await Bun.file(path).text();
  const begin = new RegExp(`<!-- ${name}: .*? -->\n`).exec(content);
  const end = content.indexOf(`<!-- /${name} -->`);
  if (begin === null || end === -1) throw new Error(`${path} has no place for ${name}`);
  const start = begin.index + begin[0].length;
  await Bun.write(path, `${content.slice(0, start)}${text}\n${content.slice(end)}`);
}
