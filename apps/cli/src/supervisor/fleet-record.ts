import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { localFleet } from "@flotilla/common/local-fleet";
import { SETTINGS } from "@flotilla/common/settings";

/** What the operator made of the fleet. It outlives the supervisor. */
export interface FleetRecord {
  /** The size that the settings named: where they name another one, that one holds. */
  readonly configured: number;
  readonly replicas: number;
  readonly drained: readonly string[];
}

/** How a fleet begins. */
export interface FleetPlan {
  readonly replicas: number;
  /** Those of them that are not started. */
  readonly drained: readonly string[];
  /** What of it somebody should know of. */
  readonly notes: readonly string[];
}

/**
 * The configured size goes with the fleet's own: one that was configured since, and that the fleet has not got yet,
 * holds at the next start.
 */
export function keepFleetRecord(options: {
  readonly path: string;
  readonly plan: FleetPlan;
  readonly configured: number;
}): (now: FleetRecord) => void {
  let { replicas } = options.plan;
  let { configured } = options;
  return (now) => {
    if (now.replicas !== replicas) ({ replicas, configured } = now);
    writeFleetRecord(options.path, { ...now, configured });
  };
}

function writeFleetRecord(path: string, record: FleetRecord): void {
  // A reader never sees half of it.
  writeFileSync(`${path}.new`, JSON.stringify(record));
  renameSync(`${path}.new`, path);
}

/** From the last fleet's record; a file that is no record is told of, and no reason not to start. */
export function planFleet(path: string, configured: number): FleetPlan {
  const record = readFleetRecord(path);
  if (record === undefined) return { replicas: configured, drained: [], notes: [] };
  if (record === "unreadable") {
    const note = `${path} is no record of a fleet: it has the configured size, and nobody is drained`;
    return { replicas: configured, drained: [], notes: [note] };
  }
  const replicas = record.configured === configured ? record.replicas : configured;
  const names = localFleet({ replicas, replica_port_base: 0 }).map(({ id }) => id);
  const drained = names.filter((name) => record.drained.includes(name));
  const size =
    replicas === configured
      ? []
      : [`the fleet has ${replicas} replicas, as it was scaled (${configured} are configured)`];
  if (drained.length === names.length) {
    const note = "every replica was drained: all are started, for else nothing would serve";
    return { replicas, drained: [], notes: [...size, note] };
  }
  const notes = drained.map(
    (name) => `${name} stays drained, as it was; \`flotilla return ${name}\` starts it`,
  );
  return { replicas, drained, notes: [...size, ...notes] };
}

function readFleetRecord(path: string): FleetRecord | "unreadable" | undefined {
  try {
    const read: unknown = JSON.parse(readFileSync(path, "utf8"));
    return isFleetRecord(read) ? read : "unreadable";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? undefined : "unreadable";
  }
}

function isFleetRecord(read: unknown): read is FleetRecord {
  const { configured, replicas, drained } = (read ?? {}) as Partial<Record<string, unknown>>;
  return (
    Number.isInteger(configured) &&
    isFleetSize(replicas) &&
    Array.isArray(drained) &&
    drained.every((name) => typeof name === "string")
  );
}

/** As many as the setting `replicas` allows. */
export function isFleetSize(value: unknown): value is number {
  const { minimum = 1, maximum = 1 } = SETTINGS.replicas;
  return Number.isInteger(value) && Number(value) >= minimum && Number(value) <= maximum;
}
