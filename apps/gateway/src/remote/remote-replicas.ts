import { type Outcome, success } from "@flotilla/common/failure";
import type { Logger } from "@flotilla/common/logger";
import type { ReplicaHost } from "@flotilla/common/parse-replica-hosts";
import type { SupervisedProcess, SupervisorClient } from "../supervisor-client.ts";
import { urlHost } from "../url-host.ts";
import { createAddressBook } from "./address-book.ts";
import {
  type FoundReplica,
  keyOf,
  nextMembers,
  type RemoteAddress,
  type RemoteMember,
  type RemoteMembers,
} from "./remote-members.ts";

export interface RemoteReplicasOptions {
  readonly supervisor: SupervisorClient;
  readonly hosts: readonly ReplicaHost[];
  readonly logger: Logger;
  /** The configuration that NGINX runs with: an earlier gateway knew its replicas. */
  readonly loaded: string | undefined;
  /** All addresses of a name; it throws where the name leads nowhere. For tests. */
  readonly resolve?: ((name: string) => Promise<readonly string[]>) | undefined;
}

const LOOK_MS = 1_000;
const TIMEOUT_MS = 1_000;

/**
 * The supervisor's client for replicas that another system starts and ends (Compose, Kubernetes): NGINX is the
 * supervisor's as ever, and the replicas are found, again and again, by the names that lead to them. One `server` line
 * an address: NGINX's own `resolve` under a hash would send each conversation to all of them in turn.
 */
export function remoteReplicas(options: RemoteReplicasOptions): SupervisorClient {
  const { supervisor, hosts, logger, resolve } = options;
  const addressesOf = createAddressBook({ logger, resolve });
  let members: RemoteMembers = membersOf(options.loaded);
  let known = false;

  async function look(): Promise<void> {
    const all = (await Promise.all(hosts.map(addressesOf))).flat();
    const addresses = [...new Map(all.map((address) => [keyOf(address), address])).values()];
    const seen = await Promise.all(
      addresses.map(async (address) => ({ address, found: await askHealth(address) })),
    );
    // Of those that an earlier gateway knew, one round without a name is no news either.
    if (!known && seen.length === 0) return;
    members = nextMembers(members, seen, Date.now());
    known = true;
  }

  const run = () => void look().finally(() => setTimeout(run, LOOK_MS).unref());
  run();
  return {
    ...supervisor,
    async processes() {
      return known ? processesOf(members) : undefined;
    },
    release: (id) => release(processesOf(members).find(({ name }) => name === id)),
  };
}

async function askHealth({ host, httpPort }: RemoteAddress): Promise<FoundReplica | undefined> {
  try {
    const url = `http://${urlHost(host)}:${httpPort}/health`;
    const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const { server_id, status } = (await answer.json()) as Readonly<Record<string, unknown>>;
    return typeof server_id === "string"
      ? { serverId: server_id, state: String(status) }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Lets it end before its drain's delay is over, which it does in any case. */
async function release(replica: SupervisedProcess | undefined): Promise<Outcome<void>> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    await fetch(`http://${replica?.http}/drain/release`, { method: "POST", signal });
  } catch {
    // It has ended already.
  }
  return success(undefined);
}

/** As the supervisor would tell them. Two replicas of one name are told apart by their addresses. */
function processesOf(members: RemoteMembers): readonly SupervisedProcess[] {
  const names = new Set<string>();
  return [...members.values()].flatMap((member) => {
    const { id, joined, life, host, httpPort, grpcPort } = member;
    if (id === undefined || !joined) return [];
    const name = names.has(id) ? addressName(member) : id;
    names.add(name);
    const problem = whyGone(member);
    const isGone = problem !== null;
    return {
      name,
      kind: "replica",
      pid: isGone ? null : life,
      state: isGone ? "ended" : "running",
      restarts: life - 1,
      intent: isGone ? "stay" : "run",
      was_ready: true,
      remote: true,
      problem,
      http: `${urlHost(host)}:${httpPort}`,
      grpc: `${urlHost(host)}:${grpcPort}`,
    } as const;
  });
}

function whyGone({ goneSinceMs, ended }: RemoteMember): string | null {
  if (goneSinceMs !== undefined) return "its name does not lead to it any more";
  return ended ? "it has ended" : null;
}

function addressName({ host, httpPort }: RemoteAddress): string {
  return `${host.replaceAll(":", "-")}-${httpPort}`;
}

/** From the `server` lines of the upstreams; those for gRPC are on the next port. */
function membersOf(configuration: string | undefined): RemoteMembers {
  const members = new Map<string, RemoteMember>();
  const [, upstream = ""] = /upstream http_sessions \{(.*?)\}/s.exec(configuration ?? "") ?? [];
  for (const [, host = "", port = "", id] of upstream.matchAll(
    /^ *server \[?([^\s\]]+?)\]?:(\d+) [^;]*; # (\S+)$/gm,
  )) {
    const address = { host, httpPort: Number(port), grpcPort: Number(port) + 1 };
    members.set(keyOf(address), {
      ...address,
      id,
      life: 1,
      joined: true,
      draining: false,
      ended: false,
      firstSeenMs: 0,
      goneSinceMs: undefined,
    });
  }
  return members;
}
