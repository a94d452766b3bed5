import { type Checked, refused } from "@flotilla/common/checked";
import { messageOf } from "@flotilla/common/message-of";
import { formatNginxVersion } from "@flotilla/common/nginx-version";
import onnxruntime from "onnxruntime-node/package.json" with { type: "json" };
import { readRun, showRun } from "../describe-run.ts";
import { findGenerator } from "../generators/find-generator.ts";
import {
  type MeasuringOptions,
  parseMeasuringOptions,
  unknownNames,
} from "../measuring-options.ts";
import { print } from "../print.ts";
import { benchNginx } from "../stacks/bench-nginx.ts";
import { CURVES } from "./all-curves.ts";
import type { Curve } from "./curve.ts";
import { writeCurve } from "./recorded-curves.ts";
import { reportCurves } from "./report-curves.ts";

const FULL = { seconds: 3, rounds: 3, quick: false };
const QUICK = { seconds: 1, rounds: 1, quick: true };
const FAILED = 1;
const WRONG_USE = 2;

/** `bun run bench curves`: how cost grows with replicas, connections, models, sizes and the fleet. */
export async function curves(words: readonly string[]): Promise<number> {
  const options = parseOptions(words);
  if (!options.ok) {
    process.stderr.write(`${options.problems.join("\n")}\n`);
    return WRONG_USE;
  }
  const { help, quick, write, chosen } = options.value;
  if (help) {
    print(helpText());
    return 0;
  }
  const run = readRun(["bun run bench curves", ...words].join(" "));
  print(showRun(run));
  const generators = { wrk: await findGenerator("wrk"), h2load: await findGenerator("h2load") };
  const versions = {
    "onnxruntime-node": onnxruntime.version,
    NGINX: formatNginxVersion((await benchNginx()).version),
    wrk: generators.wrk.version,
    h2load: generators.h2load.version,
  };
  const length = quick ? QUICK : FULL;
  const problems: string[] = [];
  for (const [at, curve] of chosen.entries()) {
    print(`\n[${at + 1}/${chosen.length}] ${curve.name}: ${curve.what}`);
    try {
      const data = await curve.measure({ ...length, generators });
      print(`\n${curve.show(data).text}`);
      const { name } = curve;
      if (write) await writeCurve({ name, run, versions, secondsEach: length.seconds, data });
    } catch (error) {
      problems.push(`${curve.name}: ${messageOf(error)}`);
      print(problems.at(-1) ?? "");
    }
  }
  if (write) await reportCurves();
  return problems.length === 0 ? 0 : FAILED;
}

function parseOptions(
  words: readonly string[],
): Checked<MeasuringOptions & { readonly chosen: readonly Curve[] }> {
  const parsed = parseMeasuringOptions(words);
  if (!parsed.ok) return parsed;
  const { only } = parsed.value;
  const unknown = unknownNames(
    only,
    CURVES.map(({ name }) => name),
    "a curve",
  );
  if (unknown.length > 0) return refused(...unknown);
  const isWanted = ({ name }: Curve) => only.length === 0 || only.includes(name);
  return { ok: true, value: { ...parsed.value, chosen: CURVES.filter(isWanted) } };
}

function helpText(): string {
  const minutes = CURVES.reduce((sum, curve) => sum + curve.minutes, 0);
  const widest = Math.max(...CURVES.map(({ name }) => name.length));
  const lines = CURVES.map(
    ({ name, what, minutes }) => `  ${name.padEnd(widest)}  ${what} (${minutes} min)`,
  );
  return `bun run bench curves [--quick] [--only NAME] [--write]

Measures how cost grows. All curves take about ${Math.ceil(minutes)} minutes.

  --quick      slices of ${QUICK.seconds} s, each once
  --only NAME  a curve; may be given several times
  --write      records the results in bench/results, and rewrites the tables and pictures
               of docs/performance.md

Curves:
${lines.join("\n")}`;
}
