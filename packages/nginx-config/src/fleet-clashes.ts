import type { PlainFleet } from "./fleet-spec.ts";
import { strategyClash } from "./strategy-clash.ts";
import { NGINX, STRATEGY } from "./value-rules.ts";

// Each unit of weight is 160 points of a ring, and there are up to four rings: 10,000 make 150 MB, and a second at each
// reload.
const WEIGHTS_MAX = 10_000;

/** What is wrong although each value for itself is right. */
export function fleetClashes(fleet: PlainFleet): readonly string[] {
  const { http, grpc, replicas } = fleet;
  const nginx = NGINX.parse(fleet.nginx);
  const strategy = STRATEGY.parse(fleet.strategy);
  const addresses = replicas.flatMap((it) => [it.http, it.grpc]);
  return [
    ...(nginx && strategy ? strategyClash(strategy, nginx) : []),
    ...(http.port === grpc.port ? ["grpc_port: must differ from http_port"] : []),
    ...weightsClash(replicas),
    ...(replicas.length === 0 ? ["replicas: expected at least one"] : []),
    ...twice(
      "the id",
      replicas.map(({ id }) => id),
    ),
    ...twice(
      "the address",
      addresses.map(({ host, port }) => `${host}:${port}`),
    ),
  ];
}

function weightsClash(replicas: PlainFleet["replicas"]): readonly string[] {
  const sum = replicas.reduce((all, { weight }) => all + weight, 0);
  if (!(sum > WEIGHTS_MAX)) return [];
  return [
    `per_replica: the weights add up to ${sum}, and more than ${WEIGHTS_MAX} cost NGINX too much memory; ` +
      "mend: smaller ones in the same proportions",
  ];
}

function twice(name: string, values: readonly string[]): readonly string[] {
  const first = new Map(values.map((value, at) => [value, at] as const).toReversed());
  return values
    .filter((value, at) => first.get(value) !== at)
    .map((value) => `replicas: ${name} ${JSON.stringify(value)} occurs twice`);
}
