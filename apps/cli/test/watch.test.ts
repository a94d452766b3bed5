import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { mlpModel } from "@flotilla/testkit/onnx-builder";
import { type Fleet, startFleet } from "@flotilla/testkit/start-fleet";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { SCORES, scoresHandler } from "./handler-folder.ts";
import { makeFleetFolder } from "./make-fleet-folder.ts";
import { type Load, startLoad } from "./start-load.ts";

// A first start may fetch NGINX, and a slow machine is no failure.
setDefaultTimeout(240_000);

const place = makeFleetFolder();
let fleet: Fleet;
let load: Load;

beforeAll(async () => {
  place.write("models/echo/model.yaml", "description: one\n");
  place.write("flotilla.yaml", "strategy: round-robin\n");
  const settings = { replicas: 2, models: place.models, default_model: "echo", watch: true };
  fleet = await startFleet({ settings, folder: place.folder });
});
afterAll(async () => {
  expect(await fleet.stop()).toBe(0);
  place[Symbol.dispose]();
});

beforeEach(async () => {
  load = startLoad(fleet);
  await load.next(20);
});
afterEach(async () => {
  expect(await load.stop()).toEqual([]);
});

/** What each replica says of its model, asked of it directly; undefined where it does not answer. */
async function descriptions(): Promise<readonly unknown[]> {
  return await Promise.all(
    (await fleet.replicas()).map(async ({ http }) => {
      const answer = await fetch(`http://${http}/models/echo`).catch(() => undefined);
      return ((await answer?.json()) as { description?: string } | undefined)?.description;
    }),
  );
}

/** What is shown after a save, until this is shown. */
async function shownAfter(save: () => void, end: RegExp): Promise<string> {
  const before = fleet.output().length;
  save();
  const shown = () => fleet.output().slice(before);
  await waitUntil(`${end} is shown`, () => end.test(shown())).catch((error: Error) => {
    throw new Error(`${error.message}; this is:\n${shown()}`);
  });
  return shown();
}

test("a saved model rolls through the replicas once, and no request fails", async () => {
  const before = new Set((await fleet.replicas()).map(({ pid }) => pid));

  const shown = await shownAfter(
    () => place.write("models/echo/model.yaml", "description: two\n"),
    /the replicas run with it/,
  );

  expect(shown).toContain("models/echo/model.yaml changed: the replicas restart, one by one");
  expect(await descriptions()).toEqual(["two", "two"]);
  const replicas = await fleet.replicas();
  expect(replicas.filter(({ pid }) => before.has(pid))).toEqual([]);
  expect(shown.match(/server-\d has ended/g)).toHaveLength(2);
});

test("saves during a restart are one more", async () => {
  const begun = await shownAfter(
    () => place.write("models/echo/model.yaml", "description: three\n"),
    /server-\d has ended/,
  );
  expect(begun).toContain("models/echo/model.yaml changed");

  const shown = await shownAfter(() => {
    for (const word of ["four", "five", "six"]) {
      place.write("models/echo/model.yaml", `description: ${word}\n`);
    }
  }, /the replicas run with it[\s\S]*the replicas run with it/);

  expect(shown.match(/the replicas restart/g)).toHaveLength(1);
  expect(await descriptions()).toEqual(["six", "six"]);
});

test("a model that does not load says why while the others serve on, and the next save mends it", async () => {
  const refused = await shownAfter(
    () => place.write("models/echo/model.yaml", "tusk: tensor\n"),
    /the next save tries again/,
  );

  expect(refused).toContain("model.yaml:1: tusk: unknown key");
  const states = (await fleet.replicas()).map(({ state }) => state);
  expect(states.filter((state) => state === "serving")).toHaveLength(1);

  await shownAfter(
    () => place.write("models/echo/model.yaml", "description: mended\n"),
    /the replicas run with it/,
  );
  expect(await descriptions()).toEqual(["mended", "mended"]);
});

test("a broken handler.ts says its line while the others serve on, and the next save mends it", async () => {
  const handler = (answer: string) => `import { defineHandler, t } from "@flotilla/handler";
export const handler = defineHandler()({
  input: t.Object({}),
  examples: [{}],
  predict: () => ${answer},
});
`;
  const refused = await shownAfter(
    () => place.write("models/hello/handler.ts", handler("}")),
    /the next save tries again/,
  );

  expect(refused).toMatch(/models\/hello\/handler\.ts:5:\d+: .*; mend: /);
  expect((await fleet.replicas()).filter(({ state }) => state === "serving")).toHaveLength(1);

  await shownAfter(
    () => place.write("models/hello/handler.ts", handler('"hello"')),
    /the replicas run with it/,
  );
  const answer = await fetch(`${fleet.httpUrl}/models/hello/predict`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  expect(await answer.json()).toHaveProperty("prediction", "hello");
  await shownAfter(() => place.remove("models/hello"), /the replicas run with it/);
});

test("a saved ONNX file's types are written for its handler, and are no save themselves", async () => {
  const file = Bun.file(`${place.models}/scores/model.types.ts`);
  const types = async () => ((await file.exists()) ? await file.text() : "");
  await shownAfter(() => {
    place.write("models/scores/model.onnx", SCORES);
    place.write("models/scores/handler.ts", scoresHandler());
  }, /the replicas run with it/);
  await waitUntil("the types are there", async () => (await types()).includes("[number, 2]"));

  const shown = await shownAfter(
    () => place.write("models/scores/model.onnx", mlpModel([2, 4])),
    /the replicas run with it/,
  );
  await waitUntil("they are new", async () => (await types()).includes("[number, 4]"));
  await shownAfter(() => place.remove("models/scores"), /the replicas run with it/);

  expect(shown).toContain("models/scores/model.onnx changed: the replicas restart");
  expect(fleet.output()).not.toMatch(/(types\.ts|tsconfig\.json)\S* changed/);
});

test("saved settings and directives are in use without a restart, and wrong ones are told", async () => {
  const before = (await fleet.replicas()).map(({ pid }) => pid);

  await shownAfter(
    () => place.write("flotilla.yaml", "strategy: least-conn\n"),
    /the settings are in use/,
  );
  expect((await fleet.status()).strategy).toBe("least-conn");

  const refused = await shownAfter(
    () => place.write("flotilla.yaml", "strategy: lest-conn\n"),
    /the next save tries again/,
  );
  expect(refused).toContain("flotilla.yaml:1: strategy: expected one of");

  await shownAfter(() => {
    place.write("flotilla.yaml", "strategy: least-conn\n");
    place.write("nginx/server.d/page.conf", "location = /user-page { return 200 mine; }\n");
  }, /the settings are in use/);
  const page = await fetch(`${fleet.httpUrl}/user-page`, { keepalive: false });
  expect(await page.text()).toBe("mine");
  expect((await fleet.replicas()).map(({ pid }) => pid)).toEqual(before);
});
