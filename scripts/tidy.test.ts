import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FAILURE_STATUS } from "@flotilla/common/failure-status";

const ROOT = join(import.meta.dir, "..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const rowsOf = (page: string) =>
  page
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) => line.split("|").map((cell) => cell.trim()));

test("every invariant names a test that exists", () => {
  const [, section = ""] = read("ARCHITECTURE.md").split("## Invariants");
  const tests = [...section.matchAll(/`([^`]+\.test\.ts)`/g)].map(([, path]) => path ?? "");

  expect(tests.length).toBeGreaterThan(8);
  expect(tests.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test("every workspace is on ARCHITECTURE's map", () => {
  const map = read("ARCHITECTURE.md");
  const folders = ["packages", "apps"].flatMap((parent) =>
    readdirSync(join(ROOT, parent)).map((name) => `${parent}/${name}`),
  );

  expect(folders.filter((folder) => !map.includes(`\`${folder}\``))).toEqual([]);
});

test("every decision has its status, context, decision and consequences", () => {
  for (const file of readdirSync(join(ROOT, "docs/adr"))) {
    const text = read(`docs/adr/${file}`);
    expect([file, text.slice(0, 7)]).toEqual([file, `# ${file.slice(0, 4)}:`.slice(0, 7)]);
    for (const part of ["Status", "Context", "Decision", "Consequences"]) {
      expect([file, text.includes(`**${part}`)]).toEqual([file, true]);
    }
  }
});

test("docs/protocol.md has the table of failures as it is", () => {
  const documented = rowsOf(read("docs/protocol.md"))
    .filter(([, kind]) => kind !== undefined && Object.hasOwn(FAILURE_STATUS, kind))
    .map(([, kind, http, grpc]) => [kind, http, grpc]);
  const real = Object.entries(FAILURE_STATUS).map(([kind, { http, grpc }]) => [
    kind,
    http === 499 ? "–" : String(http),
    grpc,
  ]);

  expect(documented.toSorted()).toEqual(real.toSorted());
});
