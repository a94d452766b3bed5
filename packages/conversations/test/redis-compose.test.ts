import { expect, test } from "bun:test";
import { join } from "node:path";
import { startRedis } from "@flotilla/testkit/start-redis";
import { whyNoServer } from "./test-store.ts";

interface ComposeFile {
  readonly services: {
    readonly redis: {
      readonly command: readonly string[];
      readonly deploy: { readonly resources: { readonly limits: { readonly memory: string } } };
    };
  };
}

const COMPOSE_FILE = join(import.meta.dir, "../../../compose.yaml");
const GIB = 1024 ** 3;
const why = await whyNoServer("redis");

test.skipIf(why !== "")(
  `the server of compose.yaml refuses turns before its container's memory is used up${why}`,
  async () => {
    const { services } = Bun.YAML.parse(await Bun.file(COMPOSE_FILE).text()) as ComposeFile;
    await using server = await startRedis({ settings: services.redis.command.slice(1) });
    const client = new Bun.RedisClient(server.url);
    const memory = String(await client.send("INFO", ["memory"]));
    client.close();

    expect(services.redis.deploy.resources.limits.memory).toBe("1g");
    const maximum = Number(/^maxmemory:(\d+)/m.exec(memory)?.[1]);
    expect(maximum).toBeGreaterThan(0);
    expect(maximum).toBeLessThan(0.75 * GIB);
    expect(memory).toContain("maxmemory_policy:noeviction");
  },
);
