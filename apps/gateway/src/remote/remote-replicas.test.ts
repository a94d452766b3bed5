import { describe, expect, test } from "bun:test";
import { createLogger } from "@flotilla/common/logger";
import { parseReplicaHosts } from "@flotilla/common/parse-replica-hosts";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { createSupervisorClient } from "../supervisor-client.ts";
import { remoteReplicas } from "./remote-replicas.ts";

/** Replicas that answer `GET /health`, each behind a name of its own, and what the names lead to. */
function startReplicas(...ids: readonly string[]) {
  const servers = new Map(
    ids.map((id) => {
      const health = () => Response.json({ server_id: id, status: "ready" });
      return [id, Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: health })] as const;
    }),
  );
  const leads = new Map<string, readonly string[]>(ids.map((id) => [id, ["127.0.0.1"]]));
  return {
    leads,
    hosts: ids.map((id) => ({ host: id, httpPort: servers.get(id)?.port ?? 0 })),
    async resolve(name: string) {
      const addresses = leads.get(name);
      if (addresses === undefined) throw new Error(`ENOTFOUND ${name}`);
      return addresses;
    },
    [Symbol.dispose]() {
      for (const server of servers.values()) void server.stop(true);
    },
  };
}

function watch(replicas: ReturnType<typeof startReplicas>, loaded?: string) {
  const client = remoteReplicas({
    ...replicas,
    supervisor: createSupervisorClient("/nowhere"),
    logger: createLogger({ level: "error", fields: {} }),
    loaded,
  });
  return async () => {
    const processes = await client.processes();
    return processes?.map(({ name, state }) => `${name} ${state}`).join(", ");
  };
}

describe("the replicas behind names", () => {
  test("are those that their names lead to, now", async () => {
    using replicas = startReplicas("server-1", "server-2");
    replicas.leads.set("server-2", []);
    const now = watch(replicas);
    await waitUntil("one is there", async () => (await now()) === "server-1 running");

    replicas.leads.set("server-2", ["127.0.0.1"]);
    const both = "server-1 running, server-2 running";
    await waitUntil("both are there", async () => (await now()) === both);
    replicas.leads.set("server-1", []);
    const one = "server-2 running, server-1 ended";
    await waitUntil("one has gone", async () => (await now()) === one);
  });

  test("stay while nobody tells where the names lead", async () => {
    using replicas = startReplicas("server-1", "server-2");
    const now = watch(replicas);
    const both = "server-1 running, server-2 running";
    await waitUntil("both are there", async () => (await now()) === both);

    replicas.leads.clear();
    replicas.leads.set("server-1", []);
    const gone = "server-2 running, server-1 ended";
    await waitUntil("the other one has gone", async () => (await now()) === gone);
  });

  test("are found behind the other names while a server of names does not answer for one", async () => {
    using replicas = startReplicas("server-1", "server-2");
    const { resolve } = replicas;
    const silence = new Promise<never>(() => {});
    const now = watch({
      ...replicas,
      resolve: (name: string) => (name === "server-2" ? silence : resolve(name)),
    });

    await waitUntil("one is there", async () => (await now()) === "server-1 running");
  });

  test("are at first those that NGINX knows, by the names that it knows them by", async () => {
    using replicas = startReplicas("server-1");
    const [{ httpPort = 0 } = {}] = replicas.hosts;
    const loaded = `upstream http_sessions {
        server 127.0.0.1:${httpPort} max_fails=1 fail_timeout=1s; # server-1
        server [fd00::5]:8000 max_fails=1 fail_timeout=1s down; # server-9
    }`;
    const now = watch(replicas, loaded);

    const both = "server-1 running, server-9 ended";
    await waitUntil("both are known", async () => (await now()) === both);
  });
});

test.each([
  ["model-server", [{ host: "model-server", httpPort: 8000 }]],
  [
    "10.0.0.5:9000, [fd00::5]:9000,b.example",
    [
      { host: "10.0.0.5", httpPort: 9000 },
      { host: "fd00::5", httpPort: 9000 },
      { host: "b.example", httpPort: 8000 },
    ],
  ],
])("the hosts %p are read", (text, hosts) => {
  expect(parseReplicaHosts(text)).toEqual({ ok: true, value: hosts });
});
