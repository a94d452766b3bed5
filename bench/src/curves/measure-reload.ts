import { DIGEST_PATH, readDigest } from "@flotilla/nginx-config/configuration-digest";
import { parseFleetSpec } from "@flotilla/nginx-config/fleet-spec";
import { nginxPaths } from "@flotilla/nginx-config/nginx-paths";
import { COMPOSE_FLEET } from "@flotilla/nginx-config/readable-files";
import { renderNginxConf } from "@flotilla/nginx-config/render-nginx-conf";
import { getTestNginx, type NginxPlace, startNginx } from "@flotilla/testkit/start-nginx";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { spreadOf } from "../pairs/spread.ts";
import { lightAddress } from "./light-address.ts";
import { readMemory } from "./read-memory.ts";

export interface ReloadMeasured {
  readonly replicas: number;
  readonly confBytes: number;
  readonly renderMs: number;
  readonly testMs: number;
  /** From the signal until each worker that answers is a new one. */
  readonly reloadMs: number;
  readonly nginxBytes: number;
}

const SUITE = "trixie";
const TIMES = 5;
/** Old workers answer until they have closed their listeners. */
const ANSWERS_IN_A_ROW = 5;

/** What a fleet of so many costs the real NGINX: no replica is there, and none is asked. */
export async function measureReload(replicas: number): Promise<ReloadMeasured> {
  await using nginx = await startNginx({
    suite: SUITE,
    renderConf: (place) => render({ place, replicas, deadlineMs: 30_000 }),
  });
  const { path } = await getTestNginx(SUITE);
  const times: Pick<ReloadMeasured, "renderMs" | "testMs" | "reloadMs">[] = [];
  let conf = "";
  for (let at = 0; at < TIMES; at++) {
    const begin = performance.now();
    conf = render({ place: nginx, replicas, deadlineMs: 31_000 + at });
    const rendered = performance.now();
    await Bun.write(nginx.confFile, conf);
    await mustPass([path, "-t", "-q", "-e", "stderr", "-p", nginx.folder, "-c", nginx.confFile]);
    const tested = performance.now();
    process.kill(nginx.pid, "SIGHUP");
    await waitUntil("the new workers answer", createAsk(nginx.folder, conf));
    const reloaded = performance.now();
    times.push({
      renderMs: rendered - begin,
      testMs: tested - rendered,
      reloadMs: reloaded - tested,
    });
  }
  const median = (of: (time: (typeof times)[number]) => number) => spreadOf(times.map(of)).median;
  return {
    replicas,
    confBytes: conf.length,
    renderMs: median(({ renderMs }) => renderMs),
    testMs: median(({ testMs }) => testMs),
    reloadMs: median(({ reloadMs }) => reloadMs),
    nginxBytes: readMemory([nginx.pid]).pss,
  };
}

async function mustPass(command: readonly string[]): Promise<void> {
  const test = Bun.spawn([...command], { stdio: ["ignore", "ignore", "pipe"] });
  const said = await test.stderr.text();
  if ((await test.exited) !== 0 || said !== "") throw new Error(`nginx -t: ${said}`);
}

function createAsk(folder: string, conf: string): () => Promise<boolean> {
  let inARow = 0;
  return async () => {
    const answer = await fetch(`http://nginx${DIGEST_PATH}`, {
      unix: nginxPaths(folder).statusSocket,
      headers: { connection: "close" },
    }).catch(() => undefined);
    const isNew = (await answer?.text())?.trim() === readDigest(conf);
    inARow = isNew ? inARow + 1 : 0;
    return inARow >= ANSWERS_IN_A_ROW;
  };
}

function render(options: {
  readonly place: NginxPlace;
  readonly replicas: number;
  readonly deadlineMs: number;
}): string {
  const { place, replicas, deadlineMs } = options;
  const host = "127.0.0.1";
  const fleet = parseFleetSpec({
    ...COMPOSE_FLEET,
    nginx: place.version,
    http: { host, port: place.httpPort },
    grpc: { host, port: place.grpcPort },
    replicas: Array.from({ length: replicas }, (_, at) => ({
      id: `server-${at + 1}`,
      http: { host: lightAddress(at + 1), port: 8000 },
      grpc: { host: lightAddress(at + 1), port: 8001 },
      ...{ down: false, weight: 1, maxConns: 0, backup: false },
    })),
    deadlineMs,
    folder: place.folder,
    asRoot: place.asRoot,
  });
  if (!fleet.ok) throw new Error(fleet.problems.join("\n"));
  return renderNginxConf(fleet.value);
}
