import { parseArgs } from "node:util";
import { freeSettings, startFleet } from "@flotilla/testkit/start-fleet";
import { getTestNginx, TESTED_SUITES } from "@flotilla/testkit/start-nginx";
import { type RedisProduct, startRedis } from "@flotilla/testkit/start-redis";
import { accumulatorFiles } from "@flotilla/testkit/stateful-models";
import { writeModels } from "@flotilla/testkit/write-models";
import { mayCloseAtReload } from "../chaos/may-close-at-reload.ts";
import type { Suite } from "../chaos/start-chaos-fleet.ts";
import { describeRun } from "../describe-run.ts";
import { print } from "../print.ts";
import { writeBlock } from "../write-block.ts";
import { REPLICAS } from "./conversation-faults.ts";
import { conversationsTable, type ProofOn } from "./conversations-table.ts";
import { isKept, proveConversations } from "./prove-conversations.ts";
import { SUM } from "./turn-client.ts";

const ALIKE_CHARACTERS = 160;

/** `bun run chaos conversations`: the exit code says whether every turn of every conversation was right. */
export async function chaosConversations(words: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      nginx: { type: "string", default: TESTED_SUITES.join(",") },
      conversations: { type: "string", default: "200" },
      turns: { type: "string", default: "50" },
      kills: { type: "string", default: "20" },
      "think-ms": { type: "string", default: "200" },
      store: { type: "string", default: "sqlite" },
      write: { type: "boolean", default: false },
    },
  });
  const plan = {
    conversations: Number(values.conversations),
    turnsAtLeast: Number(values.turns),
    kills: Number(values.kills),
    thinkMs: Number(values["think-ms"]),
  };
  const proofs: ProofOn[] = [];
  for (const suite of values.nginx.split(",")) {
    const proof = await proveOn(suite as Suite, plan, values.store as Store);
    for (const line of describeSamples(proof.samples)) print(`  ${line}`);
    proofs.push(proof);
  }
  const command = describeRun(["bun run chaos conversations", ...words].join(" "));
  const table = `${command}\n\n${conversationsTable(proofs)}`;
  print(`\n${table}\n`);
  const kept = proofs.every(isKept);
  print(kept ? "every turn was answered once, and rightly" : "not every turn was answered rightly");
  if (values.write)
    await writeBlock(
      "docs/conversations.md",
      values.store === "sqlite" ? "chaos" : "chaos-redis",
      table,
    );
  return kept ? 0 : 1;
}

type Plan = Pick<
  Parameters<typeof proveConversations>[0],
  "conversations" | "turnsAtLeast" | "thinkMs" | "kills"
>;

type Store = "sqlite" | RedisProduct;

async function proveOn(suite: Suite, plan: Plan, store: Store): Promise<ProofOn> {
  const { path: nginx, version } = await getTestNginx(suite);
  await using models = await writeModels({ files: accumulatorFiles(SUM) });
  // Ports for as many as it is scaled to.
  const free = { ...freeSettings(REPLICAS + 1), replicas: REPLICAS };
  await using server = store === "sqlite" ? undefined : await startRedis({ product: store });
  const session_store = server?.url ?? "sqlite:";
  const settings = { ...free, models: models.folder, nginx, session_store };
  await using fleet = await startFleet({ settings, folder: models.folder });
  print(`NGINX ${version}`);
  const begin = performance.now();
  const proof = await proveConversations({
    ...plan,
    fleet,
    closedIsExempt: mayCloseAtReload(version),
    onFault: (fault) => print(`  ${((performance.now() - begin) / 1000).toFixed(1)} s: ${fault}`),
  });
  return { ...proof, nginxVersion: version };
}

/** Those that differ by their numbers alone in one line. */
function describeSamples(samples: readonly string[]): readonly string[] {
  const alike = Object.groupBy(samples, (sample) =>
    sample.replace(/\w*\d[\w-]*/g, "…").slice(0, ALIKE_CHARACTERS),
  );
  return Object.values(alike).map((some = []) => `${some.length} × such as ${some[0]}`);
}
