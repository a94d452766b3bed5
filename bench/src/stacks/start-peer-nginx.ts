import { join } from "node:path";
import { freePorts } from "@flotilla/testkit/free-ports";
import { benchNginx } from "./bench-nginx.ts";
import { peerNginxConf } from "./peer-nginx-conf.ts";
import { type Program, startProgram } from "./start-program.ts";

/** The NGINX that Flotilla takes too, before a peer's processes. */
export async function startPeerNginx(options: {
  readonly folder: string;
  readonly protocol: "http" | "grpc";
  readonly upstreams: readonly string[];
}): Promise<Program & { readonly port: number }> {
  const { folder } = options;
  const { path, version } = await benchNginx();
  const [port = 0] = freePorts(1);
  const conf = join(folder, "nginx.conf");
  await Bun.write(conf, peerNginxConf({ ...options, port, version }));
  const program = startProgram({
    name: "NGINX",
    command: [path, "-e", "stderr", "-p", folder, "-c", conf],
    cwd: folder,
    environment: Bun.env,
  });
  return { ...program, port };
}
