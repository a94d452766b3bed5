import { formatNginxVersion, type NginxVersion } from "@flotilla/common/nginx-version";
import type { Settings } from "@flotilla/common/settings";
import { STRATEGY_METHODS } from "./balancing-method.ts";
import { FEATURE_SINCE, supports } from "./nginx-features.ts";

/** A strategy that this NGINX does not know. */
export function strategyClash(
  strategy: Settings["strategy"],
  nginx: NginxVersion,
): readonly string[] {
  const { needs } = STRATEGY_METHODS[strategy];
  if (needs === undefined || supports(nginx, needs)) return [];
  return [
    `strategy: ${strategy} needs NGINX ${FEATURE_SINCE[needs]} or later, this one is ${formatNginxVersion(nginx)}; ` +
      "mend: choose another strategy, or name a newer NGINX by the setting `nginx`",
  ];
}
