import { readFileSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Settings } from "@flotilla/common/settings";
import type { FileUser, WatchedPlace } from "./watched-files.ts";

const APPS = { replicas: "model-server", gateway: "gateway", supervisor: "cli" } as const;
/** Where a workspace keeps what runs. */
const SOURCES = ["src", "generated"];

/** All that a running fleet reads: sources, models, settings, a user's own directives for NGINX. */
export function watchPlaces(options: {
  readonly repository: string;
  readonly settings: Pick<Settings, "models" | "nginx_directives">;
  readonly settingsFile: string;
}): readonly WatchedPlace[] {
  const { repository, settings, settingsFile } = options;
  const users = new Map<string, FileUser[]>();
  const add = (path: string, user: FileUser) =>
    users.set(resolve(path), [...(users.get(resolve(path)) ?? []), user]);
  for (const [user, app] of Object.entries(APPS) as [keyof typeof APPS, string][]) {
    for (const workspace of workspacesOf(join(repository, "apps", app))) {
      for (const folder of SOURCES) add(join(workspace, folder), user);
    }
  }
  add(settings.models, "replicas");
  add(settingsFile, "configuration");
  for (const folder of ["http.d", "server.d"]) {
    add(join(settings.nginx_directives, folder), "configuration");
  }
  return [...users].map(([path, of]) => ({ path, users: of }));
}

/** A workspace and those that it imports, which its package.json names. */
function workspacesOf(folder: string): ReadonlySet<string> {
  const { dependencies = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    readonly dependencies?: Readonly<Record<string, string>>;
  };
  const imported = Object.entries(dependencies)
    .filter(([, version]) => version.startsWith("workspace:"))
    .map(([name]) => realpathSync(join(folder, "node_modules", name)));
  return new Set([folder, ...imported.flatMap((one) => [...workspacesOf(one)])]);
}
