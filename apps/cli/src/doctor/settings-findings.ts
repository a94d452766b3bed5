import { perReplicaProblems } from "@flotilla/common/per-replica-problems";
import type { LooseCommandSettings } from "../read-command-settings.ts";
import { type Finding, judge } from "./finding.ts";

export function settingsFindings(read: LooseCommandSettings): readonly Finding[] {
  const { settings, origins, file, problems } = read;
  const from = (origin: string) => Object.values(origins).filter((one) => one === origin).length;
  const sources = `${from("file")} from ${file}, ${from("variable")} from variables, ${from("flag")} from flags`;
  return judge("settings", [...problems, ...perReplicaProblems(settings)], sources);
}
