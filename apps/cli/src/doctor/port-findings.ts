import { findPortHolder } from "@flotilla/common/find-port-holder";
import { type Settings, settingFlag } from "@flotilla/common/settings";
import { checkPorts, takenBy, wantedPorts } from "../supervisor/check-ports.ts";
import { type Finding, judge } from "./finding.ts";

/** A fleet's own ports are not tried, for one of its processes may just be about to open them. */
export function portFindings(settings: Settings, fleet: ReadonlySet<number>): readonly Finding[] {
  const ports = wantedPorts(settings)
    .map(({ port }) => port)
    .join(", ");
  if (fleet.size === 0) return judge("ports", checkPorts(settings), `free: ${ports}`);
  const problems = wantedPorts(settings).flatMap(({ what, host, port, setting }) => {
    const holder = findPortHolder(port, fleet);
    return holder === undefined || fleet.has(holder.pid)
      ? []
      : [`port ${port} on ${host}, for ${what}: ${takenBy(holder, settingFlag(setting))}`];
  });
  return judge("ports", problems, `this fleet's: ${ports}`);
}
