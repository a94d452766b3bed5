import { expect, test } from "bun:test";
import { readSettings } from "@flotilla/common/read-settings";
import type { Settings } from "@flotilla/common/settings";
import { freePorts } from "@flotilla/testkit/free-ports";
import { freeSettings } from "@flotilla/testkit/start-fleet";
import { checkPorts } from "./check-ports.ts";

function settings(changed: Partial<Settings>): Settings {
  const read = readSettings({ flags: {}, environment: {}, file: undefined });
  if (!read.ok) throw new Error(read.problems.join("\n"));
  return { ...read.value.settings, ...freeSettings(1), ...changed };
}

test("every taken port is named at once, with its holder", () => {
  using http = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  using grpc = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });

  const problems = checkPorts(settings({ http_port: http.port, grpc_port: grpc.port }));

  expect(problems).toHaveLength(2);
  expect(problems[0]).toStartWith(
    `port ${http.port} on 127.0.0.1, for HTTP: it is taken by pid ${process.pid} (`,
  );
  expect(problems[1]).toEndWith("; mend: end that process, or use --grpc-port");
});

test("a port that is wanted twice is named", () => {
  const [port = 0] = freePorts(1);

  expect(checkPorts(settings({ http_port: port, ops_port: port }))).toEqual([
    `port ${port} is wanted for HTTP and for operations; mend: --ops-port with another number`,
  ]);
});

test("an address that is not this machine's is refused, and why", () => {
  const problems = checkPorts(settings({ host: "192.0.2.1", ops_host: "192.0.2.1" }));

  expect(problems.map((problem) => problem.replaceAll(/port \d+|\(.*?\)/g, "…"))).toEqual([
    "… on 192.0.2.1, for HTTP: it cannot be opened …; mend: --host with an address of this machine",
    "… on 192.0.2.1, for gRPC: it cannot be opened …; mend: --host with an address of this machine",
    "… on 192.0.2.1, for operations: it cannot be opened …; mend: --ops-host with an address of this machine",
  ]);
});
