import { installPeers } from "../peers/install-peers.ts";
import { PEERS } from "../peers/peers.ts";
import { print } from "../print.ts";
import type { Stack, Workload } from "./stack.ts";
import { startFlotilla } from "./start-flotilla.ts";
import { startPeer } from "./start-peer.ts";
import { startStaticNginx } from "./start-static-nginx.ts";
import { writeWorkloadModel } from "./workload-models.ts";

export type StackName = keyof typeof OWN | PeerName;

/** What a user would pick instead; `-best`: in its own best setting, not as its docs advise. */
export type PeerName = "fastapi" | "grpc-aio" | OtherPeerName;
export type OtherPeerName =
  `${"litserve" | "bentoml" | "mlserver" | "ray-serve"}${"" | typeof BEST_SUFFIX}`;

const BEST_SUFFIX = "-best";

const OWN = {
  flotilla: (workload: Workload) => startFlotilla(workload),
  /** No two requests share a run. */
  "flotilla-alone": (workload: Workload) =>
    startFlotilla(workload, { name: "flotilla-alone", manifest: "batching: { mix: never }\n" }),
  "static-nginx": startStaticNginx,
} as const;

export function startStack(name: StackName, workload: Workload): Promise<Stack> {
  return name in OWN
    ? OWN[name as keyof typeof OWN](workload)
    : startPeerByName(name as PeerName, workload);
}

/** Installs it first, if it is not there. */
async function startPeerByName(name: PeerName, workload: Workload): Promise<Stack> {
  const isBest = name.endsWith(BEST_SUFFIX);
  const base = isBest ? name.slice(0, -BEST_SUFFIX.length) : name;
  const peer = PEERS.find((one) => one.name === base);
  const variant = isBest ? "best" : "advised";
  if (peer?.variants[variant] === undefined) throw new Error(`there is no ${variant} ${base}`);
  const installed = (await installPeers({ peers: [peer], onProgress: print })).get(base);
  if (installed?.ok === false) throw new Error(installed.problems.join("\n"));
  const { modelFolder, ...model } = await writeWorkloadModel(workload);
  const removeModel = () => model[Symbol.asyncDispose]();
  try {
    const stack = await startPeer({ peer, variant, workload, modelFolder });
    const stop = async () => {
      await stack[Symbol.asyncDispose]();
      await removeModel();
    };
    return { ...stack, name, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await removeModel();
    throw error;
  }
}
