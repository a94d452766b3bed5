import { join } from "node:path";
import { fetchNginx } from "@flotilla/nginx-binary/fetch-nginx";
import type { NginxBinary } from "@flotilla/nginx-binary/nginx-binary";
import { print } from "../print.ts";

const TOOLS = join(import.meta.dir, "../../../.tools");

/** One NGINX for every stack: Debian 13's, a stable version that many have. */
export async function benchNginx(): Promise<NginxBinary> {
  const fetched = await fetchNginx({ suite: "trixie", toolsFolder: TOOLS, onProgress: print });
  if (!fetched.ok) throw new Error(fetched.problems.join("\n"));
  return fetched.value;
}
