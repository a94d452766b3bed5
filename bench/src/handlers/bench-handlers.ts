import { join } from "node:path";
import { parseArgs } from "node:util";
import { mixedTexts } from "@flotilla/testkit/mixed-texts";
import { mlpModel } from "@flotilla/testkit/onnx-builder";
import { lacksMinilm, MINILM } from "@flotilla/testkit/shared-models";
import { startFleet } from "@flotilla/testkit/start-fleet";
import { writeModels } from "@flotilla/testkit/write-models";
import { describeRun } from "../describe-run.ts";
import { markdownTable } from "../markdown-table.ts";
import { print } from "../print.ts";
import { writeBlock } from "../write-block.ts";
import { measurePair, type Pair, perSecond } from "./measure-pair.ts";

/** At least this share of what the same model answers without a handler. */
const WANTED = { mlp: 0.9, minilm: 0.95 } as const;

const HANDLERS = join(import.meta.dir, "models");

/** `bun run bench handlers`: what a handler costs, at one replica asked directly, where it shows most. */
export async function benchHandlers(words: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      rounds: { type: "string", default: "20" },
      write: { type: "boolean", default: false },
    },
  });
  await using models = await writeModels(modelFolders());
  await using fleet = await startFleet({ settings: { models: models.folder, replicas: 1 } });
  const [replica] = await fleet.replicas();
  const at = {
    address: replica?.http ?? "",
    pid: replica?.pid ?? 0,
    rounds: Number(values.rounds),
  };
  const features = Array.from({ length: 64 }, (_, index) => Math.fround(Math.sin(index)));
  const pairs = [
    await measurePair({
      name: "mlp",
      without: { model: "mlp", bodies: [{ inputs: { features: [features] } }] },
      withHandler: { model: "mlp-handler", bodies: [{ features }] },
      ...at,
    }),
  ];
  if (!lacksMinilm) {
    const bodies = mixedTexts(200).map((text) => ({ text }));
    const sides = {
      without: { model: "minilm", bodies },
      withHandler: { model: "minilm-handler", bodies },
    };
    pairs.push(await measurePair({ name: "minilm", ...sides, ...at }));
  }
  const text = `${describeRun(["bun run bench handlers", ...words].join(" "))}\n\n${pairsTable(pairs)}`;
  print(`\n${text}\n`);
  if (values.write) await writeBlock("docs/handlers.md", "handlers", text);
  const short = pairs.filter((pair) => shareOf(pair) < WANTED[pair.name as keyof typeof WANTED]);
  for (const pair of short)
    print(`${pair.name}: expected a share of ${WANTED[pair.name as keyof typeof WANTED]}`);
  return short.length === 0 ? 0 : 1;
}

function shareOf({ without, withHandler }: Pair): number {
  return perSecond(withHandler) / perSecond(without);
}

function modelFolders() {
  const mlp = mlpModel([64, 64, 64, 10]);
  const minilm = ["tokenizer.json", "model_int8.onnx"].map((file) => [
    `minilm-handler/${file}`,
    join(MINILM, file),
  ]);
  return {
    files: { "mlp/model.onnx": mlp, "mlp-handler/model.onnx": mlp },
    links: {
      "mlp-handler/handler.ts": join(HANDLERS, "mlp/handler.ts"),
      ...(!lacksMinilm && {
        minilm: MINILM,
        ...Object.fromEntries(minilm),
        "minilm-handler/handler.ts": join(HANDLERS, "minilm/handler.ts"),
      }),
    },
  };
}

function pairsTable(pairs: readonly Pair[]): string {
  const head = [
    "model",
    "requests/s without",
    "with a handler",
    "share",
    "middle half of the rounds",
    "replica's CPU a request without",
    "with",
  ];
  const rows = pairs.map((pair) => {
    const { name, without, withHandler, spread } = pair;
    const cpuOf = ({ cpuMs, answers }: Pair["without"]) =>
      `${((cpuMs / answers) * 1000).toFixed(0)} µs`;
    return [
      name,
      perSecond(without).toFixed(0),
      perSecond(withHandler).toFixed(0),
      percent(shareOf(pair)),
      spread.map(percent).join(" to "),
      cpuOf(without),
      cpuOf(withHandler),
    ];
  });
  return markdownTable(head, rows);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
