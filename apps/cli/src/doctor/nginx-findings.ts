import { join } from "node:path";
import { formatNginxVersion } from "@flotilla/common/nginx-version";
import type { Settings } from "@flotilla/common/settings";
import { fetchedNginx } from "@flotilla/nginx-binary/fetch-nginx";
import { findNginx } from "@flotilla/nginx-binary/find-nginx";
import { missedFeatures } from "@flotilla/nginx-config/nginx-features";
import { strategyClash } from "@flotilla/nginx-config/strategy-clash";
import { REPOSITORY } from "../repository-folder.ts";
import { type Finding, judge } from "./finding.ts";

export async function nginxFindings(
  { nginx: configured, strategy }: Settings,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly Finding[]> {
  const path = environment["PATH"] ?? "";
  const nginx = await findNginx({
    configured,
    path,
    toolsFolder: join(REPOSITORY, ".tools"),
    onProgress() {},
    fetch: fetchedNginx,
  });
  if (!nginx.ok) {
    const mayFetch = configured === "" && Bun.which("apt-get", { PATH: path }) !== null;
    return mayFetch
      ? [{ check: "nginx", mark: "note", text: "none yet; a start fetches the distribution's" }]
      : judge("nginx", nginx.problems, "");
  }
  const { version, path: found } = nginx.value;
  const missed = missedFeatures(version).join(", ");
  const lacks = missed === "" ? "" : `; it lacks ${missed}`;
  const text = `${formatNginxVersion(version)}, ${found}${lacks}`;
  return judge("nginx", strategyClash(strategy, version), text);
}
