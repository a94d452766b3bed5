import { expect, test } from "bun:test";
import { readSettings } from "@flotilla/common/read-settings";
import { stateFolder } from "@flotilla/common/state-folder";
import { gatewaySpec } from "./child-specs.ts";

/** Asks many who never answer, and then one who does. */
const PROBES = `
const signal = AbortSignal.timeout(60_000);
for (let at = 0; at < 300; at++) void fetch(process.argv[1], { signal }).catch(() => {});
await Bun.sleep(100);
process.stdout.write(await (await fetch(process.argv[2])).text());
process.exit();
`;

test("hundreds of silent replicas keep the gateway from none that answers", async () => {
  using silent = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  await using one = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => new Response("ready"),
  });
  const read = readSettings({ flags: {}, environment: {}, file: undefined });
  if (!read.ok) throw new Error(read.problems.join("\n"));
  const { environment } = gatewaySpec({
    settings: read.value.settings,
    state: stateFolder("/nowhere"),
    nginx: "nginx",
    environment: Bun.env,
    replicaCommand: [],
    gatewayCommand: [],
  });
  const urls = [silent, one].map(({ port }) => `http://127.0.0.1:${port}/`);
  const gateway = Bun.spawn([process.execPath, "-e", PROBES, ...urls], {
    env: environment,
    timeout: 10_000,
  });

  expect(await gateway.stdout.text()).toBe("ready");
});
