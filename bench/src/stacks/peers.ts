import type { Stack, Workload } from "./stack.ts";

/** What a user would pick instead; `-best`: in its own best setting, not as its docs advise. */
export const PEER_NAMES = [
  "fastapi",
  "grpc-aio",
  "litserve",
  "litserve-best",
  "bentoml",
  "bentoml-best",
  "mlserver",
  "mlserver-best",
  "ray-serve",
  "ray-serve-best",
] as const;

export type PeerName = (typeof PEER_NAMES)[number];

/** Those that can be started. */
export const PEERS: Readonly<Partial<Record<PeerName, (workload: Workload) => Promise<Stack>>>> =
  {};
