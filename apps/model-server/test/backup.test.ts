import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readDigest } from "@flotilla/nginx-config/configuration-digest";
import { nginxPaths } from "@flotilla/nginx-config/nginx-paths";
import { type RunningNginx, TESTED_SUITES } from "@flotilla/testkit/start-nginx";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { askEach, type Client, overGrpc, overHttp, type Question } from "./strategy-clients.ts";
import {
  type FleetChanges,
  renderFor,
  type StrategyFleet,
  startNginxBefore,
  startStrategyFleet,
} from "./strategy-fleet.ts";

// The first run fetches NGINX.
setDefaultTimeout(300_000);

const PRIMARIES = ["server-1", "server-2"];
const BACKUP = "server-3";
const CLIENTS = [overHttp, overGrpc];

let fleet: StrategyFleet;
beforeAll(async () => {
  fleet = await startStrategyFleet(3);
});
afterAll(() => fleet[Symbol.asyncDispose]());

function withBackup(options: { readonly primariesDown: boolean }): FleetChanges["replicas"] {
  return fleet.replicas.map((replica) =>
    replica.id === BACKUP
      ? { ...replica, backup: true }
      : { ...replica, down: options.primariesDown },
  );
}

/** Of no conversation, and of several. */
const QUESTIONS: readonly Question[] = Array.from({ length: 24 }, (_, n) => {
  const user = { "x-user": `user-${n}` };
  return { headers: n % 2 === 0 ? user : { ...user, "x-session-id": `session-${n}` } };
});

async function whoAnswers(client: Client, nginx: RunningNginx): Promise<readonly string[]> {
  return [...new Set(await askEach(client, nginx, QUESTIONS))].toSorted();
}

const STRATEGIES = [
  { strategy: "round-robin" },
  { strategy: "least-conn" },
  { strategy: "random-two" },
  { strategy: "hash", hashOn: "header:x-user" },
] as const satisfies readonly Partial<FleetChanges>[];

describe.each(TESTED_SUITES)("NGINX of Debian's %s, before a fleet with a backup", (suite) => {
  test.each(STRATEGIES)("with %o, uses it while all primaries are down", async (strategy) => {
    const changes = (primariesDown: boolean) => ({
      ...strategy,
      replicas: withBackup({ primariesDown }),
    });
    await using nginx = await startNginxBefore(suite, changes(false));
    const expectAnswersOf = async (ids: readonly string[]) => {
      for (const client of CLIENTS) expect(await whoAnswers(client, nginx)).toEqual(ids);
    };

    await expectAnswersOf(PRIMARIES);
    await reload(nginx, changes(true));
    await expectAnswersOf([BACKUP]);
    await reload(nginx, changes(false));
    await expectAnswersOf(PRIMARIES);
  });
});

test("when the primaries are killed the backup answers at once, and nothing more when they are back", async () => {
  await using running = new AsyncDisposableStack();
  const nginxs: RunningNginx[] = [];
  for (const suite of TESTED_SUITES) {
    for (const strategy of STRATEGIES) {
      const replicas = withBackup({ primariesDown: false });
      nginxs.push(running.use(await startNginxBefore(suite, { ...strategy, replicas })));
    }
  }
  const expectOfAll = async (ids: readonly string[]) => {
    for (const nginx of nginxs) {
      for (const client of CLIENTS) {
        expect([nginx.version, client.name, await whoAnswers(client, nginx)]).toEqual([
          nginx.version,
          client.name,
          ids,
        ]);
      }
    }
  };
  await expectOfAll(PRIMARIES);

  await fleet.kill(PRIMARIES);
  for (const nginx of nginxs) {
    for (const client of CLIENTS) {
      const first = await client.ask(nginx);
      expect([first.from, first.headers["x-flotilla-retried"]]).toEqual([BACKUP, "1"]);
    }
  }
  await expectOfAll([BACKUP]);

  await fleet.revive(PRIMARIES);
  await waitUntil("no NGINX leaves a primary out", async () => {
    const answers = nginxs.flatMap((nginx) => CLIENTS.map((client) => whoAnswers(client, nginx)));
    return (await Promise.all(answers)).every((ids) => Bun.deepEquals(ids, PRIMARIES));
  });
  await expectOfAll(PRIMARIES);
});

/** As the gateway does: the new text in place, a signal, and the new workers serve. */
async function reload(nginx: RunningNginx, changes: FleetChanges): Promise<void> {
  const conf = renderFor(nginx, changes);
  await Bun.write(nginx.confFile, conf);
  process.kill(nginx.pid, "SIGHUP");
  const unix = nginxPaths(nginx.folder).statusSocket;
  // The old workers answer, too, until they have closed their listeners.
  let inARow = 0;
  await waitUntil("the new workers serve", async () => {
    const answer = await fetch("http://localhost/flotilla_configuration", {
      unix,
      headers: { connection: "close" },
    });
    inARow = (await answer.text()) === readDigest(conf) ? inARow + 1 : 0;
    return inARow === 10;
  });
}
