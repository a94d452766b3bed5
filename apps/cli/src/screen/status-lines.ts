import { table } from "./table.ts";

/** What is shown of `GET /status`. */
export interface FleetStatus {
  readonly nginx: {
    readonly version: string;
    readonly pid: number | null;
    readonly reloads: number;
    /** Whether it serves with what it should have now, and what it has against that; an older gateway does not say. */
    readonly in_step?: boolean;
    readonly refused?: readonly string[];
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
  readonly sessions: { readonly in_memory: number; readonly hit_share: number | null };
  readonly restarts: number;
  readonly reason: string | null;
}

interface StatusRow extends Omit<ReplicaStatus, "sessions"> {
  /** In memory. */
  readonly sessions: number;
  /** Turns that found their conversation there. */
  readonly hits: string;
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
  "sessions",
  "hits",
  "restarts",
  "reason",
] as const;

/** Left out where they say this of every replica. */
const USUAL: Partial<StatusRow> = {
  weight: 1,
  backup: false,
  sessions: 0,
  hits: "-",
  reason: null,
};

export function statusLines({ nginx, strategy, replicas }: FleetStatus): readonly string[] {
  const shown = replicas.map(statusRow);
  const columns = COLUMNS.filter(
    (column) => !(column in USUAL) || shown.some((one) => one[column] !== USUAL[column]),
  );
  const rows = shown.map((replica) => columns.map((column) => cell(replica[column])));
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

function statusRow({ sessions, ...replica }: ReplicaStatus): StatusRow {
  const { in_memory, hit_share } = sessions;
  const hits = hit_share === null ? "-" : `${Math.round(hit_share * 100)} %`;
  return { ...replica, sessions: in_memory, hits };
}

function cell(value: string | number | boolean | null): string {
  if (typeof value === "boolean") return value ? "yes" : "-";
  return String(value ?? "-");
}
