import type { Checked } from "@flotilla/common/checked";
import { type FetchOptions, fetchProgram } from "@flotilla/distribution/fetch-program";
import { checkNginxBinary, type NginxBinary } from "./nginx-binary.ts";

export function fetchNginx(options: FetchOptions): Promise<Checked<NginxBinary>> {
  return fetchProgram(
    {
      title: "NGINX",
      name: "nginx",
      packages: ["nginx"],
      file: "sbin/nginx",
      check: (path) => checkNginxBinary({ path, origin: "fetched" }),
      mend: "install nginx and name it in FLOTILLA_NGINX",
    },
    options,
  );
}
