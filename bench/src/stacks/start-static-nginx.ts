import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatNginxVersion } from "@flotilla/common/nginx-version";
import { freePorts } from "@flotilla/testkit/free-ports";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { benchNginx } from "./bench-nginx.ts";
import { flotillaRequests } from "./flotilla-requests.ts";
import type { Stack, Workload } from "./stack.ts";
import { startPeerNginx } from "./start-peer-nginx.ts";
import { startProgram } from "./start-program.ts";
import { workloadInputs } from "./workload-inputs.ts";

/** As long as what Flotilla answers for the MLP, and as shaped. */
const ANSWER = `{"server_id":"server-1","model":"mlp","version":"1","outputs":{"scores":[[0.012345678,-0.012345678]]}}`;

/** What NGINX can do at most: as before a peer, with a second one behind it that has its answers ready. */
export async function startStaticNginx(workload: Workload): Promise<Stack> {
  const { path, version } = await benchNginx();
  await using started = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "flotilla-static-"));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  const [port = 0] = freePorts(1);
  const conf = join(folder, "static.conf");
  await Bun.write(conf, staticConf(folder, port));
  const answers = started.use(
    startProgram({
      name: "NGINX",
      command: [path, "-e", "stderr", "-p", folder, "-c", conf],
      cwd: folder,
      environment: Bun.env,
    }),
  );
  const upstreams = [`127.0.0.1:${port}`];
  const proxy = started.use(await startPeerNginx({ folder, protocol: "http", upstreams }));
  await waitUntil("both answer", async () => {
    answers.mustLive();
    proxy.mustLive();
    const answer = await fetch(`http://127.0.0.1:${proxy.port}/`).catch(() => undefined);
    return (await answer?.text()) === ANSWER;
  });
  const { http } = flotillaRequests(await workloadInputs(workload));
  const running = started.move();
  return {
    name: "static-nginx",
    versions: { NGINX: formatNginxVersion(version) },
    http: { ...http, address: `127.0.0.1:${proxy.port}` },
    direct: { http: { ...http, address: `127.0.0.1:${port}` } },
    pids: async () => ({ nginx: proxy.pids(), replicas: answers.pids() }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function staticConf(folder: string, port: number): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `    ${name}_temp_path "${folder}/temp-static-${name}";`,
  );
  return `daemon off;
worker_processes auto;
pid "${folder}/static.pid";
error_log stderr;

events {
    worker_connections 4096;
}

http {
    access_log off;
    default_type application/json;
    keepalive_requests 1000000;
    keepalive_time 24h;
    client_body_buffer_size 256k;
${temporary.join("\n")}

    server {
        listen 127.0.0.1:${port};
        location / {
            return 200 '${ANSWER}';
        }
    }
}
`;
}
