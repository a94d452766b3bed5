import { stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { ModelSource } from "../model-source.ts";
import { onnxFiles } from "./find-onnx.ts";
import { type FolderListing, listFolder, type Report } from "./folder-listing.ts";
import { readModel, versionsOf } from "./read-model.ts";

const LAYOUTS =
  "expected MODEL/1/model.onnx, MODEL/model.onnx, or a Hugging Face export in MODEL (config.json, tokenizer.json, onnx/model.onnx)";

export interface Repository {
  /** Every model that can be tried, by name, then by version. */
  readonly sources: readonly ModelSource[];
  /** What is wrong with the others. */
  readonly problems: readonly string[];
}

/** A folder of models' folders, or one model's folder. */
export async function readRepository(folder: string): Promise<Repository> {
  const problems: string[] = [];
  if (!(await isFolder(folder))) {
    const mend = "mend: create it, or set FLOTILLA_MODELS";
    return { sources: [], problems: [`${folder}: expected a folder of models, got none; ${mend}`] };
  }
  const report: Report = (problem) => problems.push(problem);
  const root = await listFolder(folder, report);
  const isOne = await isModel(root);
  if (!isOne && root.folders.length === 0) {
    report(`${folder}: ${LAYOUTS}, got no model; mend: add one, or set FLOTILLA_MODELS`);
  }
  const sources: ModelSource[] = [];
  const inside = root.folders.filter((name) => name !== "node_modules");
  for (const name of isOne ? [basename(resolve(folder))] : inside) {
    const listing = isOne ? root : await listFolder(join(folder, name), report);
    if (await holdsModel(name, listing, report)) {
      sources.push(...(await readModel({ name, listing, report })));
    }
  }
  return { sources, problems: [...new Set(problems)] };
}

async function holdsModel(name: string, listing: FolderListing, report: Report): Promise<boolean> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(name)) {
    const expected = "expected a name of 1 to 128 letters, digits and . _ -, the first no mark";
    report(`${listing.path}: ${expected}; mend: rename it (a leading dot hides a folder)`);
  }
  if (await isModel(listing)) return true;
  report(
    `${listing.path}: ${LAYOUTS}, got none; mend: add it, or hide the folder by a leading dot`,
  );
  return false;
}

/** By any file that only a model has, or by a version folder with an ONNX file. */
async function isModel(listing: FolderListing): Promise<boolean> {
  const ignore: Report = () => {};
  const marks = ["model.yaml", "model.yml", "config.json", "tokenizer.json", "handler.ts"];
  if (listing.files.some((name) => marks.includes(name))) return true;
  if ((await onnxFiles(listing, ignore)).length > 0) return true;
  for (const version of versionsOf(listing, ignore)) {
    const inner = await listFolder(join(listing.path, `${version}`), ignore);
    if ((await onnxFiles(inner, ignore)).length > 0) return true;
  }
  return false;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
