/** `FILE:LINE:COLUMN` of the first match, as editors take it; the file alone where there is none. */
export function placeIn(
  file: { readonly path: string; readonly text: string },
  match: RegExp,
): string {
  const offset = file.text.search(match);
  if (offset < 0) return file.path;
  const before = file.text.slice(0, offset).split("\n");
  return `${file.path}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

/** The first frame of a stack that lies in this folder: where the user's own code stood. */
export function placeInStack(stack: string, folder: string): string | undefined {
  const frames = stack.matchAll(/\(?([^\s()]+):(\d+):(\d+)\)?$/gm);
  const own = [...frames].find(([, path]) => path?.startsWith(`${folder}/`));
  return own && `${own[1]}:${own[2]}:${own[3]}`;
}

/** A field of the handler, where it begins a line, or wherever the word stands first. */
export function placeOfField(
  file: { readonly path: string; readonly text: string },
  field: string,
): string {
  const word = RegExp.escape(field);
  const key = new RegExp(`(?<=^\\s*(?:async\\s+|export\\s+const\\s+)?)${word}(?=\\s*[(:,=])`, "m");
  return placeIn(file, key.test(file.text) ? key : wordMatch(field));
}

export function wordMatch(word: string): RegExp {
  return new RegExp(`(?<![\\w.])${RegExp.escape(word)}(?!\\w)`);
}
