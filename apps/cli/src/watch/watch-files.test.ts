import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { type FilesChange, watchFiles } from "./watch-files.ts";

let folder: string;
let elsewhere: string;
let told: FilesChange[];
let stop: () => void;
let ended: Promise<void>;
/** While it is there, what is told takes until it is settled. */
let busy: Promise<void> | undefined;
/** Whether what is told could be done. */
let isDone: boolean;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "flotilla-watch-"));
  elsewhere = mkdtempSync(join(tmpdir(), "flotilla-watch-"));
  told = [];
  busy = undefined;
  isDone = true;
  mkdirSync(join(folder, "models/a"), { recursive: true });
  writeFileSync(join(folder, "models/a/model.yaml"), "1");
  symlinkSync(elsewhere, join(folder, "models/linked"));
});

afterEach(async () => {
  stop();
  await ended;
  for (const one of [folder, elsewhere]) rmSync(one, { recursive: true, force: true });
});

/** Done when the files are known as they are. */
async function start(begin: () => void = () => {}): Promise<void> {
  const stopped = Promise.withResolvers<void>();
  const known = Promise.withResolvers<void>();
  stop = stopped.resolve;
  ended = watchFiles({
    places: () => [
      { path: join(folder, "models"), users: ["replicas"] },
      { path: join(folder, "flotilla.yaml"), users: ["configuration"] },
    ],
    begin: async () => {
      begin();
      known.resolve();
    },
    stop: stopped.promise,
    onChange: async (change) => {
      told.push(change);
      await busy;
      return isDone;
    },
    onProblems: () => {},
  });
  await known.promise;
}

/** A save, when it was told. */
async function written(path: string, text: string): Promise<FilesChange> {
  const before = told.length;
  writeFileSync(join(folder, path), text);
  return await waitUntil(`${path} was told`, () =>
    told.slice(before).find(({ paths }) => paths.includes(join(folder, path))),
  );
}

test("a save, a new file, a rename over it and a removal are told, each with who uses the file", async () => {
  await start();
  const file = join(folder, "models/a/model.yaml");

  expect(await written("models/a/model.yaml", "2")).toEqual({
    paths: [file],
    users: new Set(["replicas"]),
  });
  expect((await written("flotilla.yaml", "x")).users).toEqual(new Set(["configuration"]));
  expect((await written("models/a/new.json", "x")).users).toEqual(new Set(["replicas"]));

  writeFileSync(join(folder, "models/a/.model.yaml.swp"), "3");
  renameSync(join(folder, "models/a/.model.yaml.swp"), file);
  await waitUntil("the rename is told", () => told.length === 4);
  rmSync(file);
  await waitUntil("the removal is told", () => told.length === 5);

  expect(told.slice(3).map(({ paths }) => paths)).toEqual([[file], [file]]);
});

test("a new folder, one that is linked and one that is replaced are watched too", async () => {
  await start();
  mkdirSync(join(folder, "models/b/1"), { recursive: true });
  await written("models/b/1/model.onnx", "1");
  await written("models/b/1/model.onnx", "2");
  await written("models/linked/model.onnx", "1");
  rmSync(join(folder, "models"), { recursive: true });
  await waitUntil("its end is told", () => told.length === 4);
  mkdirSync(join(folder, "models/a"), { recursive: true });
  await written("models/a/model.yaml", "1");
});

test("what changes no content, and what editors and tools leave beside it, is not told", async () => {
  await start();
  utimesSync(join(folder, "models/a/model.yaml"), 1, 1);
  writeFileSync(join(folder, "models/a/model.yaml"), "1");
  mkdirSync(join(folder, "models/node_modules"));
  for (const name of [".hidden", "model.yaml~", "#model.yaml#", "a.test.ts", "node_modules/x"]) {
    writeFileSync(join(folder, "models", name), "x");
  }

  expect((await written("flotilla.yaml", "x")).paths).toEqual([join(folder, "flotilla.yaml")]);
  expect(told).toHaveLength(1);
});

test("saves while a change is worked on are one more change, also one that was undone", async () => {
  await start();
  const first = Promise.withResolvers<void>();
  busy = first.promise;
  await written("models/a/model.yaml", "2");
  for (const text of ["3", "4", "2"]) writeFileSync(join(folder, "models/a/model.yaml"), text);
  writeFileSync(join(folder, "models/a/other"), "x");
  expect(told).toHaveLength(1);

  busy = undefined;
  first.resolve();
  await waitUntil("it is told", () => told.length === 2);
  await written("flotilla.yaml", "x");

  expect(told).toHaveLength(3);
  expect(told[1]?.paths.toSorted()).toEqual(
    ["models/a/model.yaml", "models/a/other"].map((path) => join(folder, path)),
  );
});

test("after a failure any save is told, also one that changes nothing", async () => {
  await start();
  isDone = false;
  await written("models/a/model.yaml", "2");

  await written("models/a/model.yaml", "2");
});

test("what is saved before it begins is told when it has begun", async () => {
  await start(() => writeFileSync(join(folder, "flotilla.yaml"), "x"));

  await waitUntil("it is told", () => told.length === 1);
});
