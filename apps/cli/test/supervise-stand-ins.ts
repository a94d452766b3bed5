import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readSettings } from "@flotilla/common/read-settings";
import type { Settings } from "@flotilla/common/settings";
import { type StateFolder, stateFolder } from "@flotilla/common/state-folder";
import { freeSettings } from "@flotilla/testkit/start-fleet";
import { waitUntil } from "@flotilla/testkit/wait-until";
import type { Screen } from "../src/screen/screen.ts";
import { planFleet } from "../src/supervisor/fleet-record.ts";
import { type SupervisedFleet, superviseFleet } from "../src/supervisor/supervise-fleet.ts";
import { type ControlClient, controlClient } from "./control-client.ts";

/** The supervisor with stand-ins for all its processes, and serving. What its socket is told is what happens. */
export interface SupervisedStandIns extends ControlClient, AsyncDisposable {
  readonly fleet: SupervisedFleet;
  readonly settings: Settings;
  readonly state: StateFolder;
  /** What the screen was told. */
  readonly words: readonly string[];
}

/** `state` of another fleet, which has ended. */
export async function superviseStandIns(
  options: { readonly settings?: Partial<Settings>; readonly state?: StateFolder } = {},
): Promise<SupervisedStandIns> {
  const folder = options.state?.folder ?? mkdtempSync(join(tmpdir(), "flotilla-test-"));
  const state = stateFolder(folder);
  const own = { ...freeSettings(5), replicas: 3, models: folder };
  const settings = { ...defaults(), ...own, ...options.settings };
  const words: string[] = [];
  const say = (text: string) => void words.push(text);
  const screen: Screen = { step: say, warn: say, block: () => {}, log: () => {} };
  const plan = planFleet(state.fleet, settings.replicas);
  plan.notes.forEach(say);
  const fleet = superviseFleet({
    fleet: {
      settings,
      state,
      nginx: standIn("nginx"),
      environment: { PATH: `${dirname(process.execPath)}:${Bun.env["PATH"]}` },
      replicaCommand: [process.execPath, standIn("replica")],
      gatewayCommand: [process.execPath, standIn("gateway")],
    },
    plan,
    readSettings: () => ({ ok: true, value: { settings } }),
    screen,
  });
  const client = controlClient(state.supervisorSocket);
  await waitUntil("all that start are ready", async () => {
    const processes = await client.processes();
    return processes.every((one) => one.state === "running" || one.state === "ended");
  });
  mkdirSync(state.nginx, { recursive: true });
  const configuration = join(state.nginx, "nginx.conf");
  writeFileSync(configuration, JSON.stringify([settings.http_port, settings.grpc_port]));
  await client.ask("PUT", "/nginx", configuration);
  await fleet.serving;
  return {
    ...client,
    fleet,
    settings,
    state,
    words,
    async [Symbol.asyncDispose]() {
      fleet.kill();
      await fleet.ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function standIn(name: string): string {
  return join(import.meta.dir, `stand-in-${name}.ts`);
}

function defaults(): Settings {
  const read = readSettings({ flags: {}, environment: {}, file: undefined });
  if (!read.ok) throw new Error(read.problems.join("\n"));
  return read.value.settings;
}
