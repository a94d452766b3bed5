import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createLogger } from "@flotilla/common/logger";
import type { Settings } from "@flotilla/common/settings";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { standInSettings, startStandInGateway } from "../test/stand-in-gateway.ts";
import { type StandInSupervisor, startStandInSupervisor } from "../test/stand-in-supervisor.ts";
import { createGateway } from "./create-gateway.ts";

/** What a gateway says that does not start; its replicas are not ready yet. */
async function problemsOf(
  supervisor: StandInSupervisor,
  options: {
    readonly settings?: Partial<Settings>;
    readonly checkConfiguration?: (file: string) => Promise<readonly string[]>;
  },
): Promise<readonly string[]> {
  supervisor.processes.slow.add("server-1");
  supervisor.processes.add("server-1");
  const gateway = await createGateway({
    settings: standInSettings(supervisor, options.settings),
    nginxVersion: "1.22.1",
    logger: createLogger({ level: "error", fields: {} }),
    connectProbe: supervisor.processes.connect,
    checkConfiguration: options.checkConfiguration ?? (async () => []),
    onRefusedStart() {},
  });
  if (gateway.ok) gateway.value.fleet[Symbol.dispose]();
  return gateway.ok ? [] : gateway.problems;
}

function writeDirective(supervisor: StandInSupervisor, text: string): string {
  const folder = join(supervisor.state, "user", "http.d");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "mine.conf"), text);
  return join(folder, "mine.conf");
}

describe("a gateway does not start, before any replica is ready,", () => {
  test("with a strategy that this NGINX does not have", async () => {
    await using supervisor = startStandInSupervisor();

    expect(await problemsOf(supervisor, { settings: { strategy: "sticky" } })).toEqual([
      expect.stringContaining("strategy: sticky needs NGINX 1.29.6"),
    ]);
  });

  test("with settings of a replica that there cannot be", async () => {
    await using supervisor = startStandInSupervisor();
    const settings = { per_replica: { "server-0": { weight: 2 }, "server-99": { weight: 2 } } };

    expect(await problemsOf(supervisor, { settings })).toEqual([
      expect.stringMatching(/^per_replica\.server-0: no replica has this name/),
    ]);
  });

  test("with a user's directive that NGINX refuses, which is named", async () => {
    await using supervisor = startStandInSupervisor();
    const source = writeDirective(supervisor, "nonsense;");
    const checkConfiguration = async (file: string) => {
      const [, copy] = /include "(.*)"/.exec(readFileSync(file, "utf8")) ?? [];
      return [`[emerg] unknown directive "nonsense" in ${copy}:1`];
    };

    expect(await problemsOf(supervisor, { checkConfiguration })).toEqual([
      `[emerg] unknown directive "nonsense" in ${source}:1`,
    ]);
  });
});

test("a gateway that comes after another goes on with the directives that NGINX has", async () => {
  await using supervisor = startStandInSupervisor();
  writeDirective(supervisor, "# good");
  supervisor.processes.add("server-1", "server-2");
  const first = await startStandInGateway(supervisor);
  await waitUntil("NGINX runs", () => first.fleet.inStep);
  first[Symbol.dispose]();
  writeDirective(supervisor, "nonsense;");

  using second = await startStandInGateway(supervisor);
  await waitUntil("it is in step", () => second.fleet.inStep);

  expect(second.fleet.wanted).toEqual(first.fleet.wanted);
  expect(supervisor.loads).toHaveLength(1);
});
