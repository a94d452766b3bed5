import { table } from "./table.ts";

/** What is shown of `GET /status`. */
export interface FleetStatus {
  readonly nginx: {
    readonly version: string;
    readonly pid: number | null;
    readonly reloads: number;
  };
  readonly strategy: string;
  readonly replicas: readonly ReplicaStatus[];
}

interface ReplicaStatus {
  readonly id: string;
  readonly state: string;
  readonly pid: number | null;
  readonly http: string;
  readonly grpc: string;
  readonly weight: number;
  readonly backup: boolean;
  readonly in_flight: number;
  readonly restarts: number;
  readonly reason: string | null;
}

const COLUMNS = [
  "id",
  "state",
  "pid",
  "http",
  "grpc",
  "weight",
  "backup",
  "in_flight",
  "restarts",
  "reason",
] as const;

/** Left out where they say this of every replica. */
const USUAL: Partial<ReplicaStatus> = { weight: 1, backup: false, reason: null };

export function statusLines({ nginx, strategy, replicas }: FleetStatus): readonly string[] {
  const columns = COLUMNS.filter(
    (column) => !(column in USUAL) || replicas.some((one) => one[column] !== USUAL[column]),
  );
  const rows = replicas.map((replica) => columns.map((column) => cell(replica[column])));
  const heading = columns.map((column) => column.replace("_", " "));
  return [
    `NGINX ${nginx.version}, pid ${nginx.pid ?? "-"}, ${strategy}, ${nginx.reloads} reloads`,
    "",
    ...table([heading, ...rows]),
  ];
}

/** "2 of 3 serve; server-2 draining": a fleet in one line. */
export function statusSummary({ replicas }: FleetStatus): string {
  const serving = replicas.filter(({ state }) => state === "serving").length;
  const others = replicas
    .filter(({ state }) => state !== "serving")
    .map(({ id, state }) => `; ${id} ${state}`);
  return `${serving} of ${replicas.length} serve${others.join("")}`;
}

function cell(value: string | number | boolean | null): string {
  if (typeof value === "boolean") return value ? "yes" : "-";
  return String(value ?? "-");
}
