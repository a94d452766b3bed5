import { join, resolve } from "node:path";
import { findNginx } from "@flotilla/nginx-binary/find-nginx";
import { freePorts } from "@flotilla/testkit/free-ports";
import { peerNginxConf } from "./peer-nginx-conf.ts";
import { type Program, startProgram } from "./start-program.ts";

const TOOLS = resolve(import.meta.dir, "../../../.tools");

/** The NGINX that Flotilla takes too, before a peer's processes. */
export async function startPeerNginx(options: {
  readonly folder: string;
  readonly protocol: "http" | "grpc";
  readonly upstreams: readonly string[];
}): Promise<Program & { readonly port: number }> {
  const { folder } = options;
  const found = await findNginx({
    configured: Bun.env["FLOTILLA_NGINX"] ?? "",
    path: Bun.env["PATH"] ?? "",
    toolsFolder: TOOLS,
    onProgress() {},
  });
  if (!found.ok) throw new Error(found.problems.join("\n"));
  const [port = 0] = freePorts(1);
  const conf = join(folder, "nginx.conf");
  await Bun.write(conf, peerNginxConf({ ...options, port, version: found.value.version }));
  const program = startProgram({
    name: "NGINX",
    command: [found.value.path, "-e", "stderr", "-p", folder, "-c", conf],
    cwd: folder,
    environment: Bun.env,
  });
  return { ...program, port };
}
