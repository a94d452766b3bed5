import { expect, test } from "bun:test";
import { join } from "node:path";
import { readSettings } from "@flotilla/common/read-settings";
import { STRATEGY_METHODS } from "../src/balancing-method.ts";
import { parseFleetSpec } from "../src/fleet-spec.ts";
import { plainFleet } from "./plain-fleet.ts";

const page = await Bun.file(join(import.meta.dir, "../../../docs/strategies.md")).text();

test("docs/strategies.md explains every strategy, with settings that work as they stand", () => {
  const explained = new Set<string>();
  for (const [, text = ""] of page.matchAll(/```yaml\n(.*?)```/gs)) {
    const read = readSettings({ flags: {}, environment: {}, file: { path: "page.yaml", text } });
    expect(read).toMatchObject({ ok: true });
    if (!read.ok) continue;
    const { settings, origins } = read.value;
    if (origins.strategy === "file") explained.add(settings.strategy);
    const fleet = parseFleetSpec(
      plainFleet({
        nginx: "1.31.0",
        strategy: settings.strategy,
        hashOn: settings.hash_on,
        trustedProxies: settings.trusted_proxies.split(", ").filter(Boolean),
        sessionHeader: settings.session_header,
      }),
    );
    expect(fleet).toMatchObject({ ok: true });
  }

  expect([...explained].toSorted()).toEqual(Object.keys(STRATEGY_METHODS).toSorted());
});
