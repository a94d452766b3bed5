import { dirname } from "node:path";
import { type Checked, refused } from "@flotilla/common/checked";
import { closestWord } from "@flotilla/common/closest-word";
import type { ModelSource } from "@flotilla/inference/model-source";

/** Where `model.types.ts` belongs: beside a handler, and for all versions that it serves. */
export interface HandlerFolder {
  readonly folder: string;
  /** The lowest first; at least one. Without a handler, the highest alone. */
  readonly sources: readonly ModelSource[];
}

/** The folders with a handler; with names, those models' folders, with a handler or without. */
export function handlerFolders(
  sources: readonly ModelSource[],
  names: readonly string[] = [],
): Checked<readonly HandlerFolder[]> {
  const known = [...new Set(sources.map(({ name }) => name))];
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) return refused(...unknown.map((name) => unknownModel(name, known)));
  const wanted = sources.filter(({ name, handler }) =>
    names.length === 0 ? handler !== undefined : names.includes(name),
  );
  const byFolder = Map.groupBy(wanted, ({ handler, manifestFile }) =>
    dirname(handler?.file ?? manifestFile),
  );
  const folders = [...byFolder].map(([folder, versions]) => {
    const isShared = versions[0]?.handler !== undefined;
    return { folder, sources: isShared ? versions : versions.slice(-1) };
  });
  return { ok: true, value: folders };
}

function unknownModel(name: string, known: readonly string[]): string {
  const closest = closestWord(name, known);
  const mend =
    closest === undefined ? `use one of ${known.join(", ")}` : `did you mean ${closest}?`;
  return `no model is called ${name}; mend: ${mend}`;
}
