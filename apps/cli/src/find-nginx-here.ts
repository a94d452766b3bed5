import { join } from "node:path";
import type { Checked } from "@flotilla/common/checked";
import type { Settings } from "@flotilla/common/settings";
import { fetchedNginx } from "@flotilla/nginx-binary/fetch-nginx";
import { findNginx } from "@flotilla/nginx-binary/find-nginx";
import type { NginxBinary } from "@flotilla/nginx-binary/nginx-binary";
import { REPOSITORY } from "./repository-folder.ts";

/** The NGINX that a start would take, if it is here: a start may fetch one, and who only looks changes nothing. */
export async function findNginxHere(
  { nginx: configured }: Pick<Settings, "nginx">,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Checked<NginxBinary>> {
  return await findNginx({
    configured,
    path: environment["PATH"] ?? "",
    toolsFolder: join(REPOSITORY, ".tools"),
    onProgress() {},
    fetch: fetchedNginx,
  });
}
