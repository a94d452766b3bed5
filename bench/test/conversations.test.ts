import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { freeSettings, startFleet } from "@flotilla/testkit/start-fleet";
import { findRedis, startRedis } from "@flotilla/testkit/start-redis";
import { accumulatorFiles } from "@flotilla/testkit/stateful-models";
import { writeModels } from "@flotilla/testkit/write-models";
import { mayCloseAtReload } from "../src/chaos/may-close-at-reload.ts";
import { REPLICAS } from "../src/conversations/conversation-faults.ts";
import { isKept, proveConversations } from "../src/conversations/prove-conversations.ts";
import { SUM } from "../src/conversations/turn-client.ts";

// A first start may fetch NGINX, and a slow machine is no failure.
setDefaultTimeout(400_000);

const redis = await findRedis("redis");

describe.each([
  { store: "SQLite", kills: 3, skipped: false },
  { store: "Redis", kills: 1, skipped: !redis.ok },
])("with $store", ({ store, kills, skipped }) => {
  test.skipIf(skipped)(
    "no turn is lost, taken twice or refused while replicas are killed, drained and scaled",
    async () => {
      await using server = store === "Redis" ? await startRedis() : undefined;
      await using models = await writeModels({ files: accumulatorFiles(SUM) });
      const free = { ...freeSettings(REPLICAS + 1), replicas: REPLICAS };
      const session_store = server?.url ?? "sqlite:";
      const settings = { ...free, models: models.folder, session_store };
      await using fleet = await startFleet({ settings, folder: models.folder });

      const proof = await proveConversations({
        fleet,
        conversations: 20,
        turnsAtLeast: 15,
        thinkMs: 50,
        kills,
        closedIsExempt: mayCloseAtReload((await fleet.status()).nginx.version),
        onFault: () => {},
      });

      expect(proof.samples).toEqual([]);
      expect(isKept(proof)).toBeTrue();
      expect(
        proof.rows.map(({ conversations, fewestTurns }) => [conversations, fewestTurns > 14]),
      ).toEqual([
        [10, true],
        [10, true],
      ]);
      // They were where it happened.
      expect(proof.recalls.found["moved"]).toBeGreaterThan(0);
    },
  );
});
