import { livingProcesses, readProcessRecord } from "@flotilla/common/process-record";
import { stateFolder } from "@flotilla/common/state-folder";
import type { Finding } from "../doctor/finding.ts";
import { fleetFindings } from "../doctor/fleet-findings.ts";
import { hostFindings } from "../doctor/host-findings.ts";
import {
  bunFindings,
  coreFindings,
  fileFindings,
  memoryFindings,
} from "../doctor/machine-findings.ts";
import { modelFindings } from "../doctor/model-findings.ts";
import { nginxFindings } from "../doctor/nginx-findings.ts";
import { portFindings } from "../doctor/port-findings.ts";
import { settingsFindings } from "../doctor/settings-findings.ts";
import { stateFindings } from "../doctor/state-findings.ts";
import { storeFindings } from "../doctor/store-findings.ts";
import { EXIT_FAILED } from "../exit-codes.ts";
import type { LooseCommandSettings } from "../read-command-settings.ts";
import { table } from "../screen/table.ts";
import { livingSupervisor } from "../supervisor/claim-state-folder.ts";
import { planFleet } from "../supervisor/fleet-record.ts";

type Look = () => readonly Finding[] | Promise<readonly Finding[]>;

const MARKS = { ok: "✓", note: "–", wrong: "✗" } as const;

export interface DoctorOptions {
  /** As far as they can be read. */
  readonly read: LooseCommandSettings;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly json: boolean;
  readonly write: (text: string) => void;
}

/** Looks at all that a start or a running fleet depends on, and changes nothing; the answer is the exit code. */
export async function runDoctor(options: DoctorOptions): Promise<number> {
  const { read, environment, json, write } = options;
  const state = stateFolder(read.settings.state);
  const { replica_hosts } = read.settings;
  const areOthers = replica_hosts !== "";
  const replicas = areOthers ? 0 : planFleet(state.fleet, read.settings.replicas).replicas;
  const settings = { ...read.settings, replicas };
  const supervisor = livingSupervisor(state.supervisorPid);
  const processes = readProcessRecord(state.processes).flatMap(livingProcesses);
  const looks: Readonly<Record<string, Look>> = {
    settings: () => settingsFindings(read),
    nginx: () => nginxFindings(settings, environment),
    ports: () => portFindings(settings, new Set(processes.map(({ pid }) => pid))),
    state: () => stateFindings(state),
    ...(areOthers
      ? { replicas: () => hostFindings(replica_hosts) }
      : {
          sessions: () => storeFindings(settings),
          models: () => modelFindings(settings),
          cores: () => coreFindings(settings),
          memory: () => memoryFindings(settings),
        }),
    files: () => fileFindings(settings),
    bun: bunFindings,
    fleet: () => fleetFindings(settings, supervisor),
  };
  const looked = Object.entries(looks).map(([check, look]) => lookSafely(check, look));
  const findings = (await Promise.all(looked)).flat();
  const ok = findings.every(({ mark }) => mark !== "wrong");
  const lines = json
    ? [JSON.stringify({ ok, findings })]
    : table(findings.map(({ mark, check, text }) => [MARKS[mark], check, text]));
  write(`${lines.join("\n")}\n`);
  return ok ? 0 : EXIT_FAILED;
}

/** One look that fails, a folder that nobody may read for example, stops none of the others. */
async function lookSafely(check: string, look: Look): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (error) {
    return [{ check, mark: "wrong", text: `it cannot be looked at: ${(error as Error).message}` }];
  }
}
