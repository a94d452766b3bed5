import { formatNginxVersion } from "@flotilla/common/nginx-version";
import type { Settings } from "@flotilla/common/settings";
import { missedFeatures } from "@flotilla/nginx-config/nginx-features";
import { strategyClash } from "@flotilla/nginx-config/strategy-clash";
import { findNginxHere } from "../find-nginx-here.ts";
import { type Finding, judge } from "./finding.ts";

export async function nginxFindings(
  settings: Settings,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly Finding[]> {
  const nginx = await findNginxHere(settings, environment);
  if (!nginx.ok) {
    const hasApt = Bun.which("apt-get", { PATH: environment["PATH"] ?? "" }) !== null;
    const mayFetch = settings.nginx === "" && hasApt;
    return mayFetch
      ? [{ check: "nginx", mark: "note", text: "none yet; a start fetches the distribution's" }]
      : judge("nginx", nginx.problems, "");
  }
  const { version, path: found } = nginx.value;
  const missed = missedFeatures(version).join(", ");
  const lacks = missed === "" ? "" : `; it lacks ${missed}`;
  const text = `${formatNginxVersion(version)}, ${found}${lacks}`;
  return judge("nginx", strategyClash(settings.strategy, version), text);
}
