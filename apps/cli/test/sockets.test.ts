import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stateFolder } from "@flotilla/common/state-folder";
import { predict } from "@flotilla/testkit/grpc-client";
import { type Fleet, startFleet } from "@flotilla/testkit/start-fleet";
import { waitUntil } from "@flotilla/testkit/wait-until";

// A first start may fetch NGINX, and a slow machine is no failure.
setDefaultTimeout(240_000);

const QUESTION = "the rollout was painless";

/** What 12 requests over each protocol are answered by, all of them well. */
async function whoAnswers(fleet: Fleet) {
  const ids = { http: new Set<string>(), grpc: new Set<string>() };
  for (let n = 0; n < 12; n++) {
    const answer = await fetch(`${fleet.httpUrl}/predict`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ text: QUESTION }),
    });
    expect(answer.status).toBe(200);
    ids.http.add(((await answer.json()) as { server_id: string }).server_id);
    const { code, response } = await predict(fleet.grpcAddress, { text: QUESTION });
    expect(code).toBe("OK");
    ids.grpc.add(response?.server_id ?? "");
  }
  return { http: [...ids.http].toSorted(), grpc: [...ids.grpc].toSorted() };
}

const ALL = ["server-1", "server-2", "server-3"];
const BY_ALL = { http: ALL, grpc: ALL };

function serverLines({ state }: Fleet): string {
  const { nginx } = stateFolder(state);
  const newest = readdirSync(nginx).filter((name) => name.endsWith(".conf"));
  return newest.map((name) => readFileSync(join(nginx, name), "utf8")).join("\n");
}

test("NGINX reaches the replicas of its host on sockets, also after they were killed", async () => {
  await using fleet = await startFleet();
  const { sockets } = stateFolder(fleet.state);
  expect(serverLines(fleet)).toContain(`server "unix:${join(sockets, "server-1.http")}" `);
  expect(await whoAnswers(fleet)).toEqual(BY_ALL);

  for (const { pid } of await fleet.replicas()) process.kill(pid ?? 0, "SIGKILL");
  await waitUntil("all serve again", async () =>
    (await fleet.replicas()).every(({ state, restarts }) => state === "serving" && restarts > 0),
  );
  await waitUntil("all answer again", async () => {
    const ids = await whoAnswers(fleet).catch(() => undefined);
    return Bun.deepEquals(ids, BY_ALL);
  });
});

test("where a socket does not answer, the port does", async () => {
  await using fleet = await startFleet();
  const { sockets } = stateFolder(fleet.state);
  for (const name of readdirSync(sockets)) rmSync(join(sockets, name));

  expect((await whoAnswers(fleet)).http).toEqual(ALL);
});

test("a state folder with a blank in its path has a fleet without", async () => {
  const root = mkdtempSync(join(tmpdir(), "flotilla-"));
  const state = join(root, "a fleet");
  mkdirSync(state);
  {
    await using fleet = await startFleet({ settings: { state } });
    expect(serverLines(fleet)).not.toContain("server-1.http");
    expect(await whoAnswers(fleet)).toEqual(BY_ALL);
  }
  rmSync(root, { recursive: true });
});
