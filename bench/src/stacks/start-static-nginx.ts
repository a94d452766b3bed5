import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collectText } from "@flotilla/testkit/collect-text";
import { freePorts } from "@flotilla/testkit/free-ports";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { benchNginx } from "./bench-nginx.ts";
import { flotillaRequests } from "./flotilla-requests.ts";
import type { Stack, Workload } from "./stack.ts";
import { workloadInputs } from "./workload-inputs.ts";

/** As long as what Flotilla answers for the MLP, and as shaped. */
const ANSWER = `{"server_id":"server-1","model":"mlp","version":"1","outputs":{"scores":[[0.012345678,-0.012345678]]}}`;

/** What NGINX can do at most: the same binary in front of one that has its answers ready. */
export async function startStaticNginx(workload: Workload): Promise<Stack> {
  const { path, version } = await benchNginx();
  const [front = 0, back = 0] = freePorts(2);
  await using running = new AsyncDisposableStack();
  const answers = await start({ path, port: back, server: `return 200 '${ANSWER}';` });
  running.use(answers);
  const proxy = await start({
    path,
    port: front,
    server: `proxy_pass http://answers; proxy_http_version 1.1; proxy_set_header Connection "";`,
    upstream: `upstream answers { server 127.0.0.1:${back}; keepalive 64; keepalive_requests 1000000; }`,
  });
  running.use(proxy);
  const { http } = flotillaRequests(await workloadInputs(workload));
  const started = running.move();
  return {
    name: "static-nginx",
    versions: { NGINX: version },
    http: { ...http, address: `127.0.0.1:${front}` },
    direct: { http: { ...http, address: `127.0.0.1:${back}` } },
    pids: async () => ({ nginx: [proxy.pid], replicas: [answers.pid] }),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

async function start(options: {
  readonly path: string;
  readonly port: number;
  readonly server: string;
  readonly upstream?: string;
}): Promise<AsyncDisposable & { readonly pid: number }> {
  const { path, port, server, upstream = "" } = options;
  const folder = await mkdtemp(join(tmpdir(), "flotilla-static-"));
  const configuration = join(folder, "nginx.conf");
  await Bun.write(configuration, render({ port, server, upstream, folder }));
  const child = Bun.spawn([path, "-e", "stderr", "-p", folder, "-c", configuration], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  void collectText(child.stderr, (text) => {
    log += text;
  });
  const stop = async () => {
    child.kill();
    await child.exited;
    await rm(folder, { recursive: true, force: true });
  };
  await waitUntil("NGINX answers", async () => {
    if (child.exitCode !== null) throw new Error(`NGINX ended:\n${log}`);
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    return (await answer?.text()) !== undefined;
  }).catch(async (error) => {
    await stop();
    throw error;
  });
  return { pid: child.pid, [Symbol.asyncDispose]: stop };
}

/** What is ours in Flotilla's configuration and costs nothing is here, too; what does something is not. */
function render(options: {
  readonly port: number;
  readonly server: string;
  readonly upstream: string;
  readonly folder: string;
}): string {
  const { port, server, upstream, folder } = options;
  const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (kind) => `${kind}_temp_path ${folder}/${kind};`,
  );
  return `daemon off;
worker_processes auto;
pid ${folder}/nginx.pid;
error_log stderr;
events { worker_connections 4096; }
http {
  access_log off;
  default_type application/json;
  keepalive_requests 1000000;
  keepalive_time 24h;
  client_body_buffer_size 256k;
  ${temp.join(" ")}
  ${upstream}
  server { listen 127.0.0.1:${port}; location / { ${server} } }
}
`;
}
