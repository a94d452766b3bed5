import { lookup } from "node:dns/promises";
import { parseReplicaHosts, type ReplicaHost } from "@flotilla/common/parse-replica-hosts";
import { hostAndPort } from "../host-and-port.ts";
import { type Finding, judge } from "./finding.ts";

const TIMEOUT_MS = 2_000;

/** Of replicas that another system runs: whether their names lead to them, and who answers there. */
export async function hostFindings(replicaHosts: string): Promise<readonly Finding[]> {
  const hosts = parseReplicaHosts(replicaHosts);
  if (!hosts.ok) return judge("replicas", hosts.problems, "");
  return (await Promise.all(hosts.value.map(findingsOf))).flat();
}

async function findingsOf({ host, httpPort }: ReplicaHost): Promise<readonly Finding[]> {
  const found = await lookup(host, { all: true }).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error) {
    const why = found.code ?? found.message;
    const problem = `${host}: the name leads nowhere (${why}); mend: start the replicas, or see replica_hosts`;
    return judge("replicas", [problem], "");
  }
  const findings = await Promise.all(
    found.map(({ address }) => healthFindings(hostAndPort(address, httpPort))),
  );
  return findings.flat();
}

async function healthFindings(address: string): Promise<readonly Finding[]> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const answer = await fetch(`http://${address}/health`, { signal });
    const { server_id, status } = (await answer.json()) as Readonly<Record<string, unknown>>;
    const problem = `${address}: ${server_id} is ${status}; mend: its log says why`;
    return judge("replicas", status === "ready" ? [] : [problem], `${address}: ${server_id}`);
  } catch (error) {
    const { name, code, message } = error as NodeJS.ErrnoException;
    const why = name === "TimeoutError" ? `no answer within ${TIMEOUT_MS} ms` : (code ?? message);
    return judge("replicas", [`${address}: ${why}; mend: see that a replica runs there`], "");
  }
}
