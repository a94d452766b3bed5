import type { Checked } from "@flotilla/common/checked";
import {
  type FetchedOptions,
  type FetchOptions,
  fetchedProgram,
  fetchProgram,
  type Program,
} from "@flotilla/distribution/fetch-program";
import { checkNginxBinary, type NginxBinary } from "./nginx-binary.ts";

const NGINX: Program<NginxBinary> = {
  title: "NGINX",
  name: "nginx",
  packages: ["nginx"],
  file: "sbin/nginx",
  check: (path) => checkNginxBinary({ path, origin: "fetched" }),
  mend: "install nginx and name it in FLOTILLA_NGINX",
};

export function fetchNginx(options: FetchOptions): Promise<Checked<NginxBinary>> {
  return fetchProgram(NGINX, options);
}

/** The one that was fetched before. */
export function fetchedNginx(options: FetchedOptions): Promise<Checked<NginxBinary>> {
  return fetchedProgram(NGINX, options);
}
