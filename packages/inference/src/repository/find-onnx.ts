import { access, constants } from "node:fs/promises";
import { isAbsolute, join, normalize, sep } from "node:path";
import type { YamlFile } from "@flotilla/common/checked-yaml";
import { type FolderListing, listFolder, type Report, unreadable } from "./folder-listing.ts";
import type { Manifest } from "./manifest-schema.ts";

/** The ONNX file of one version: the one that `file` names, the only one, or the only `model.onnx`. */
export async function findOnnx(options: {
  readonly listing: FolderListing;
  readonly manifest: YamlFile<Manifest>;
  readonly report: Report;
  /** A handler may do without. */
  readonly optional: boolean;
}): Promise<string | undefined> {
  const { listing, manifest, report } = options;
  const candidates = await onnxFiles(listing, report);
  const file = manifest.value.file;
  if (options.optional && file === undefined && candidates.length === 0) return undefined;
  const chosen = file === undefined ? choose(candidates) : named(file, candidates);
  if (chosen.file === undefined) {
    const place = file === undefined ? listing.path : manifest.place("file");
    report(`${place}: ${chosen.problem}`);
    return undefined;
  }
  const path = join(listing.path, chosen.file);
  try {
    await access(path, constants.R_OK);
    return path;
  } catch (error) {
    report(unreadable(path, error));
    return undefined;
  }
}

/** Relative to the folder; Hugging Face exports have theirs in `onnx/`. */
export async function onnxFiles(
  { path, files, folders }: FolderListing,
  report: Report,
): Promise<readonly string[]> {
  const inner = folders.includes("onnx") ? await listFolder(join(path, "onnx"), report) : undefined;
  return [...files, ...(inner?.files.map((name) => `onnx/${name}`) ?? [])].filter((name) =>
    name.endsWith(".onnx"),
  );
}

type Choice = { readonly file: string } | { readonly file?: undefined; readonly problem: string };

function choose(candidates: readonly string[]): Choice {
  const [only, ...others] = candidates;
  if (only === undefined) {
    return { problem: "expected an ONNX file, got none; mend: put model.onnx there" };
  }
  if (others.length === 0) return { file: only };
  const [model, ...more] = candidates.filter((name) => /(^|\/)model\.onnx$/.test(name));
  if (model !== undefined && more.length === 0) return { file: model };
  const got = `expected one ONNX file or one model.onnx, got ${candidates.join(", ")}`;
  return { problem: `${got}; mend: name one in model.yaml, as file: ${only}` };
}

function named(file: string, candidates: readonly string[]): Choice {
  const path = normalize(file);
  if (isAbsolute(path) || path.split(sep)[0] === "..") {
    const mend = "move the file into it, and write the path from there";
    return { problem: `expected a path inside the model's folder, got ${file}; mend: ${mend}` };
  }
  if (candidates.includes(path)) return { file: path };
  const mend = candidates.length > 0 ? `use one of ${candidates.join(", ")}` : "put it there";
  return { problem: `expected an .onnx file of this folder, got ${file}; mend: ${mend}` };
}
