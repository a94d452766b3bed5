import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { startRedis } from "@flotilla/testkit/start-redis";
import type { SessionStore, TurnWrite } from "../src/session-store.ts";
import { messagesOf } from "./messages-of.ts";
import { answered, openRedis, testFile, whyNoServer } from "./test-store.ts";
import { conversation, turnWrite } from "./turn-write.ts";

setDefaultTimeout(120_000);

const WRITERS = ["a", "b", "c"];
const CONVERSATIONS = 4;
const KILLS = 5;
const MESSAGES_A_LIFE = 50;

interface Life {
  /** As in the settings. */
  readonly store: string;
  readonly writer: string;
  readonly from: number;
  readonly to: number;
  /** It is killed when it has said that this one is in the store. */
  readonly killAt?: number;
}

/** The last message that a process said to be in the store. */
async function live({ store, writer, from, to, killAt }: Life): Promise<number> {
  const script = Bun.fileURLToPath(new URL("./append-turns.ts", import.meta.url));
  const args = [store, writer, from, to, CONVERSATIONS].map(String);
  await using child = Bun.spawn([process.execPath, script, ...args], { stdout: "pipe" });
  let said = "";
  const last = () => Number(said.split("\n").at(-2) ?? from - 1);
  for await (const chunk of child.stdout) {
    said += new TextDecoder().decode(chunk);
    // What it still said before it died counts too.
    if (killAt !== undefined && last() >= killAt) child.kill("SIGKILL");
  }
  expect(await child.exited).toBe(killAt === undefined ? 0 : 128 + 9);
  return last();
}

/** How many messages a writer wrote that was killed some times. */
async function writeThroughKills(store: string, writer: string): Promise<number> {
  let written = 0;
  for (let life = 1; life <= KILLS; life++) {
    const killAt = written + MESSAGES_A_LIFE;
    written = await live({ store, writer, from: written + 1, to: Number.MAX_SAFE_INTEGER, killAt });
  }
  // The one that it was at when it was killed: in the store or not, it must be there once.
  return await live({ store, writer, from: written + 1, to: written + 1 });
}

interface Place extends AsyncDisposable {
  readonly text: string;
  open(): SessionStore;
}

const why = await whyNoServer("redis");

describe("an SQLite file", () => keepsTurns(sqlitePlace));
describe.skipIf(why !== "")(`a Redis server${why}`, () => keepsTurns(redisPlace));

async function sqlitePlace(): Promise<Place> {
  const file = await testFile();
  return { ...file, text: `sqlite:${file.path}` };
}

async function redisPlace(): Promise<Place> {
  const server = await startRedis();
  const stores: SessionStore[] = [];
  return {
    text: server.url,
    open() {
      const store = openRedis(server.url);
      stores.push(store);
      return store;
    },
    async [Symbol.asyncDispose]() {
      for (const store of stores) await store.close();
      await server.kill();
    },
  };
}

function keepsTurns(begin: () => Promise<Place>) {
  test("processes that are killed again and again lose no turn that was acknowledged, and write none twice", async () => {
    await using place = await begin();
    const written = await Promise.all(
      WRITERS.map(async (writer) => ({
        writer,
        count: await writeThroughKills(place.text, writer),
      })),
    );

    const store = place.open();
    for (let index = 0; index < CONVERSATIONS; index++) {
      const loaded = await answered(store.load(conversation(`c${index}`)));
      const messages = messagesOf(loaded);
      for (const { writer, count } of written) {
        const numbers = Array.from({ length: count }, (_, at) => at + 1);
        // Each of them, once, in order.
        expect(messages.filter((message) => message.startsWith(writer))).toEqual(
          numbers.filter((n) => n % CONVERSATIONS === index).map((n) => `${writer}:${n}`),
        );
      }
      expect(loaded?.turns).toBe(messages.length);
    }
  });

  test("of two replicas that write the same turn, one does", async () => {
    await using place = await begin();
    const replicas = [place.open(), place.open()];
    let version: string | null = null;
    for (let n = 1; n <= 50; n++) {
      const expectedVersion: string | null = version;
      const write = (by: number): TurnWrite =>
        turnWrite({ n, expectedVersion, key: `${n} by ${by}`, newVersion: `${n} by ${by}` });
      const results: readonly (string | undefined)[] = await Promise.all(
        replicas.map(async (store, by) => (await answered(store.commit([write(by)])))[0]?.status),
      );
      expect(results.toSorted()).toEqual(["conflict", "written"]);
      version = `${n} by ${results.indexOf("written")}`;
      const seen = await Promise.all(
        replicas.map((store) => answered(store.load(conversation("anna")))),
      );
      expect(seen.map((loaded) => loaded?.version)).toEqual([version, version]);
    }
  });
}
