import { resolve } from "node:path";
import { SETTING_KEYS, type SettingKey, type Settings } from "@flotilla/common/settings";
import { shownSetting } from "@flotilla/common/shown-setting";

type Concerns = "fleet" | "nginx" | "replicas" | "size" | "nobody";

/** Who has to know; all others the replicas, with a restart. `fleet`: it cannot change while the fleet runs. */
const CONCERNS: Readonly<Partial<Record<SettingKey, Concerns>>> = {
  // Where clients, operators and the processes of the fleet find each other.
  host: "fleet",
  http_port: "fleet",
  grpc_port: "fleet",
  ops_host: "fleet",
  ops_port: "fleet",
  replica_port_base: "fleet",
  replica_hosts: "fleet",
  state: "fleet",
  // Half of the replicas would remember what the others do not know.
  session_store: "fleet",
  // A replica that listens for the other name would begin a new conversation with each turn, and say 200.
  session_header: "fleet",
  // The supervisor's own.
  nginx: "fleet",
  watch: "fleet",
  replicas: "size",
  per_replica: "nginx",
  strategy: "nginx",
  hash_on: "nginx",
  trusted_proxies: "nginx",
  nginx_directives: "nginx",
  max_fails: "nginx",
  fail_timeout_ms: "nginx",
  connections_limit: "nginx",
  // Each replica of a fleet has its own.
  server_id: "nobody",
};

export interface SettingChange {
  readonly concerns: Concerns;
  /** "strategy: round-robin → hash" */
  readonly text: string;
}

export function changedSettings(before: Settings, after: Settings): readonly SettingChange[] {
  return SETTING_KEYS.flatMap((key) => {
    const concerns = CONCERNS[key] ?? "replicas";
    if (concerns === "nobody" || Bun.deepEquals(before[key], after[key])) return [];
    const [from, to] = [before, after].map((settings) => show(shownSetting(key, settings[key])));
    return [{ concerns, text: `${key}: ${from} → ${to}` }];
  });
}

/** As they were at the start: there, what NGINX is and where the state is was found once for all processes. */
export function asRunning(read: Settings, running: Settings): Settings {
  const nginx = read.nginx === "" ? running.nginx : resolve(read.nginx);
  return { ...read, nginx, state: resolve(read.state) };
}

function show(value: Settings[SettingKey]): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
