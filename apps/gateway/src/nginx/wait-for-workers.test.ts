import { expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { parseFleetSpec } from "@flotilla/nginx-config/fleet-spec";
import { nginxPaths } from "@flotilla/nginx-config/nginx-paths";
import { renderNginxConf } from "@flotilla/nginx-config/render-nginx-conf";
import { type NginxPlace, startNginx } from "@flotilla/testkit/start-nginx";
import { standInSettings } from "../../test/stand-in-gateway.ts";
import { plainFleet } from "../fleet/plain-fleet.ts";
import { waitForWorkers } from "./wait-for-workers.ts";

// NGINX may have to be fetched.
setDefaultTimeout(240_000);

function render(place: NginxPlace, line: "up" | "down"): string {
  const { version, folder, httpPort, grpcPort } = place;
  const ports = { http_port: httpPort, grpc_port: grpcPort };
  const address = { host: "127.0.0.1", httpPort: 1, grpcPort: 2 };
  const fleet = parseFleetSpec(
    plainFleet({
      settings: { ...standInSettings({ state: folder }), ...ports },
      directives: { http: [], server: [] },
      replicas: [
        { id: "server-1", ...address },
        { id: "server-2", ...address, httpPort: 3, grpcPort: 4 },
      ],
      plan: new Map([
        ["server-1", "up"],
        ["server-2", line],
      ]),
      nginxVersion: version,
      folder,
    }),
  );
  if (!fleet.ok) throw new Error(fleet.problems.join("\n"));
  return renderNginxConf(fleet.value);
}

test.each(["bookworm", "sid"] as const)(
  "new workers of NGINX from %s are waited for",
  async (suite) => {
    await using nginx = await startNginx({ suite, renderConf: (place) => render(place, "up") });
    const socket = nginxPaths(nginx.folder).statusSocket;
    const serve = (line: "up" | "down", timeoutMs: number) =>
      waitForWorkers({ socket, configuration: render(nginx, line), timeoutMs });
    expect(await serve("up", 10_000)).toBeTrue();
    expect(await serve("down", 300)).toBeFalse();

    writeFileSync(nginx.confFile, render(nginx, "down"));
    const waiting = serve("down", 10_000);
    process.kill(nginx.pid, "SIGHUP");

    expect(await waiting).toBeTrue();
    expect(await serve("up", 300)).toBeFalse();
  },
);
