import { expect, test } from "bun:test";
import { parseFleetSpec } from "@flotilla/nginx-config/fleet-spec";
import { renderNginxConf } from "@flotilla/nginx-config/render-nginx-conf";
import { standInSettings } from "../../test/stand-in-gateway.ts";
import { plainFleet } from "../fleet/plain-fleet.ts";
import { lineOf } from "./line-of.ts";

function render(plan: Readonly<Record<string, "up" | "down">>, strategy: "round-robin" | "hash") {
  const replicas = [1, 2, 3, 10].map((number) => ({
    id: `server-${number}`,
    host: "127.0.0.1",
    httpPort: 8_100 + number,
    grpcPort: 8_200 + number,
  }));
  const per_replica = { "server-3": { backup: true, weight: 2 } };
  const fleet = parseFleetSpec(
    plainFleet({
      settings: { ...standInSettings({ state: "/tmp/x" }), strategy, per_replica },
      directives: { http: [], server: [] },
      replicas,
      plan: new Map(Object.entries(plan)),
      nginxVersion: "1.22.1",
      folder: "/tmp/x/nginx",
    }),
  );
  if (!fleet.ok) throw new Error(fleet.problems.join("\n"));
  return renderNginxConf(fleet.value);
}

test.each(["round-robin", "hash"] as const)(
  "with %s a configuration says who is in",
  (strategy) => {
    const plan = { "server-1": "up", "server-3": "up", "server-10": "down" } as const;
    const configuration = render(plan, strategy);
    const lines = ["server-1", "server-2", "server-3", "server-10"].map((id) =>
      lineOf(configuration, id),
    );

    expect(lines).toEqual(["up", "none", "up", "down"]);
  },
);

test.each(["round-robin", "hash"] as const)("with %s a backup that stands in is in", (strategy) => {
  const configuration = render({ "server-1": "down", "server-3": "up" }, strategy);

  expect(["server-1", "server-3"].map((id) => lineOf(configuration, id))).toEqual(["down", "up"]);
});
