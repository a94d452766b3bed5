import { totalmem } from "node:os";
import { join } from "node:path";
import { availableCores } from "@flotilla/common/available-cores";
import type { Settings } from "@flotilla/common/settings";
import { threadBudget } from "@flotilla/inference/thread-budget";
import { workerLimits } from "@flotilla/nginx-config/fleet-sizes";
import { REPOSITORY } from "../repository-folder.ts";
import { bytesText, type Finding, judge } from "./finding.ts";
import { memoryLimit } from "./memory-limit.ts";

const MIB = 1024 ** 2;

/** Of a replica with a small model, before its first conversation. */
const REPLICA_BYTES = 150 * MIB;

export function coreFindings({ threads: wanted, replicas }: Settings): readonly Finding[] {
  const cores = availableCores();
  const threads = wanted || threadBudget({ cores, replicas });
  const tooMany = wanted > 1 && wanted * replicas > cores;
  const problem = `threads: ${wanted} in each of ${replicas} replicas slow each other down on ${cores} cores; mend: 0 shares the cores out`;
  return judge(
    "cores",
    tooMany ? [problem] : [],
    `${cores}; threads of each of ${replicas} replicas: ${threads}`,
  );
}

export function memoryFindings(settings: Settings): readonly Finding[] {
  const { replicas, session_memory_limit_mib } = settings;
  const limit = Math.min(totalmem(), memoryLimit() ?? Number.POSITIVE_INFINITY);
  const wanted = replicas * (REPLICA_BYTES + session_memory_limit_mib * MIB);
  const needs = `${replicas} replicas may take ${bytesText(wanted)} beside their models`;
  const problem = `${needs}, and there are ${bytesText(limit)}; mend: fewer replicas, or a smaller session_memory_limit_mib`;
  return judge("memory", wanted > limit ? [problem] : [], `${bytesText(limit)}; ${needs}`);
}

export function fileFindings({ connections_limit, replicas }: Settings): readonly Finding[] {
  const { connections, openFiles } = workerLimits({ clients: connections_limit, replicas });
  const { userLimits } = process.report.getReport() as {
    readonly userLimits?: { readonly open_files?: { readonly hard: number | "unlimited" } };
  };
  // A start raises the soft limit itself.
  const limit = userLimits?.open_files?.hard ?? "unlimited";
  const few = limit !== "unlimited" && limit < connections;
  const problem = `a process may open ${limit} files, and each worker of NGINX's may have ${connections} connections; mend: \`ulimit -Hn ${openFiles}\`, LimitNOFILE of the service, or a smaller connections_limit`;
  return judge("files", few ? [problem] : [], `a process may open ${limit}`);
}

export async function bunFindings(): Promise<readonly Finding[]> {
  const { packageManager } = await Bun.file(join(REPOSITORY, "package.json")).json();
  const wanted = String(packageManager).replace(/^bun@/, "");
  const problem = `Bun ${Bun.version}, and ${wanted} is tested; mend: \`./bunw run flotilla …\` gets that one`;
  return judge("bun", Bun.version === wanted ? [] : [problem], Bun.version);
}
