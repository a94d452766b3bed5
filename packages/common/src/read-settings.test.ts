import { describe, expect, test } from "bun:test";
import {
  readLooseSettings,
  readSettings,
  settingsEnvironment,
  settingsJsonSchema,
} from "./read-settings.ts";
import { SETTING_KEYS, settingSchema } from "./settings.ts";

const NOTHING = { flags: {}, environment: {}, file: undefined } as const;

function problemsOf(given: Partial<Parameters<typeof readSettings>[0]>): readonly string[] {
  const read = readSettings({ ...NOTHING, ...given });
  return read.ok ? [] : read.problems;
}

describe("settings", () => {
  test("are the defaults where nothing is given", () => {
    const read = readSettings(NOTHING);

    expect(read).toMatchObject({
      ok: true,
      value: {
        settings: { http_port: 8000, replicas: 3, models: "models", server_id: "server-1" },
        origins: { http_port: "default" },
      },
    });
  });

  test("take a flag over a variable over the file over the default, and know which it was", () => {
    const read = readSettings({
      flags: { http_port: "1001" },
      environment: { FLOTILLA_HTTP_PORT: "1002", FLOTILLA_GRPC_PORT: "1003", SERVER_ID: "a" },
      file: { path: "flotilla.yaml", text: "http_port: 1004\ngrpc_port: 1005\nops_port: 1006\n" },
    });

    expect(read).toMatchObject({
      ok: true,
      value: {
        settings: { http_port: 1001, grpc_port: 1003, ops_port: 1006, server_id: "a" },
        origins: { http_port: "flag", grpc_port: "variable", ops_port: "file", host: "default" },
      },
    });
  });

  test("reach a child process whole", () => {
    const read = readSettings({ ...NOTHING, flags: { replicas: "5", log_level: "debug" } });
    if (!read.ok) throw new Error(read.problems.join("\n"));

    const child = readSettings({
      ...NOTHING,
      environment: settingsEnvironment(read.value.settings),
    });

    expect(child).toMatchObject({ ok: true, value: { settings: read.value.settings } });
  });

  test("count an empty variable as unset, and let others' variables be", () => {
    const environment = {
      FLOTILLA_HTTP_PORT: "",
      FLOTILLA_CONFIG: "x.yaml",
      FLOTILLA_SUPERVISED: "1",
      FLOTILLA_TEST_MODELS: "x",
      HOME: "/",
    };
    expect(readSettings({ ...NOTHING, environment }).ok).toBeTrue();
  });

  test("that are wrong are all named at once, with place, allowed values and mend", () => {
    const problems = problemsOf({
      flags: { replicas: "0" },
      environment: {
        FLOTILLA_HTTP_PORT: "80x",
        FLOTILLA_LOG_LEVEL: "loud",
        SERVER_ID: "\u001b[2J",
      },
      file: {
        path: "flotilla.yaml",
        text: "# mine\nfail_timeout_ms: 1500\nqueue_limit: 0\nmodels: 7\nsession_header: X_Id\n",
      },
    });

    expect(problems).toEqual([
      "flotilla.yaml:2: fail_timeout_ms: expected a multiple of 1000 from 1000 to 600000, got 1500; mend: fail_timeout_ms: 1000, for example",
      "flotilla.yaml:3: queue_limit: expected a whole number from 1 to 1000000, got 0; mend: queue_limit: 1024, for example",
      'flotilla.yaml:4: models: expected a text that is not empty, got 7; mend: models: "models", for example',
      'flotilla.yaml:5: session_header: expected a text that matches ^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$, got "X_Id"; mend: session_header: "x-session-id", for example',
      'FLOTILLA_HTTP_PORT: expected a whole number from 1 to 65535, got "80x"; mend: FLOTILLA_HTTP_PORT=8000, for example',
      'FLOTILLA_LOG_LEVEL: expected one of debug, info, warn, error, got "loud"; mend: FLOTILLA_LOG_LEVEL=info, for example',
      'SERVER_ID: expected a text that matches ^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$, got "\\u001b[2J"; mend: SERVER_ID=server-1, for example',
      "--replicas: expected a whole number from 1 to 99, got 0; mend: --replicas 3, for example",
    ]);
  });

  test.each(["0x10", "1e3", " 8000", "8000.5", "９０００"])("take no %j for a number", (text) => {
    expect(problemsOf({ environment: { FLOTILLA_HTTP_PORT: text } })).toHaveLength(1);
  });

  test("of one replica are JSON in a flag or a variable, and keys of their own in the file", () => {
    const flag = readSettings({
      ...NOTHING,
      flags: { per_replica: '{"server-1":{"weight":3}}', watch: "false" },
    });
    const file = readSettings({
      ...NOTHING,
      file: { path: "f.yaml", text: "per_replica:\n  server-1: { weight: 3 }\nwatch: false\n" },
    });

    for (const read of [flag, file]) {
      expect(read).toMatchObject({
        ok: true,
        value: { settings: { per_replica: { "server-1": { weight: 3 } }, watch: false } },
      });
    }
    if (!flag.ok) throw new Error(flag.problems.join("\n"));
    const environment = settingsEnvironment(flag.value.settings);
    expect(readSettings({ ...NOTHING, environment })).toMatchObject({
      value: { settings: flag.value.settings },
    });
  });

  test("of one replica that are wrong are named down to their key", () => {
    expect(
      problemsOf({
        flags: { per_replica: '{"server-1":{"weight":0}}' },
        environment: { FLOTILLA_PER_REPLICA: "3", FLOTILLA_WATCH: "no" },
        file: {
          path: "f.yaml",
          text: "per_replica:\n  server-1: { weigth: 3 }\n  a b: { weight: 1 }\n  server-2: { backup: 1 }\n",
        },
      }),
    ).toEqual([
      "f.yaml:2: per_replica.server-1.weigth: unknown key; mend: did you mean weight?",
      "f.yaml:3: per_replica.a b: expected a key that matches ^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
      "f.yaml:4: per_replica.server-2.backup: expected true or false, got 1; mend: backup: false, for example",
      `FLOTILLA_PER_REPLICA: expected keys and values, got 3; mend: FLOTILLA_PER_REPLICA='{"server-1":{"weight":3},"server-3":{"backup":true}}', for example`,
      'FLOTILLA_WATCH: expected true or false, got "no"; mend: FLOTILLA_WATCH=true, for example',
      "--per-replica.server-1.weight: expected a whole number from 1 to 1000, got 0; mend: 1, for example",
    ]);
  });

  test("that do not exist are refused, with the one that was meant", () => {
    expect(
      problemsOf({
        environment: { FLOTILLA_HTPP_PORT: "1", FLOTILLA_FLUX_COMPENSATOR: "1" },
        file: { path: "f.yaml", text: "http-port: 8000\n" },
      }),
    ).toEqual([
      "f.yaml:1: http-port: unknown key; mend: did you mean http_port?",
      "FLOTILLA_HTPP_PORT: unknown variable; mend: did you mean FLOTILLA_HTTP_PORT?",
      "FLOTILLA_FLUX_COMPENSATOR: unknown variable; mend: unset it",
    ]);
  });

  test.each([
    [
      "http_port: 1\nhttp_port: 2\n",
      "f.yaml:2: Map keys must be unique; mend: write it as YAML 1.2",
    ],
    ["- http_port\n", "f.yaml:1: the file: expected keys and values, got a list of 1"],
  ])("of a file that is no list of settings name the line: %j", (text, problem) => {
    expect(problemsOf({ file: { path: "f.yaml", text } })).toEqual([problem]);
  });

  test("have no number without an end: what is too long for a timer would be over at once", () => {
    const whole = SETTING_KEYS.map(settingSchema).filter((schema) => schema["type"] === "integer");

    expect(whole.length).toBeGreaterThan(15);
    expect(whole.filter(({ maximum }) => !(maximum < 2 ** 31))).toEqual([]);
  });

  test("of a file may repeat each other by YAML's aliases", () => {
    const read = readSettings({
      ...NOTHING,
      file: { path: "f.yaml", text: "host: &here 127.0.0.2\nops_host: *here\n" },
    });

    expect(read).toMatchObject({ ok: true, value: { settings: { ops_host: "127.0.0.2" } } });
  });

  test("may come from an empty file", () => {
    expect(problemsOf({ file: { path: "f.yaml", text: "# nothing yet\n" } })).toEqual([]);
  });

  test("have a JSON Schema that requires none and knows them all", () => {
    const schema = JSON.parse(JSON.stringify(settingsJsonSchema()));

    expect(schema).toMatchObject({
      type: "object",
      additionalProperties: false,
      properties: { http_port: { type: "integer", default: 8000, maximum: 65535 } },
    });
    expect(schema.required).toBeUndefined();
  });
});

describe("settings in which something is wrong", () => {
  const read = (given: Partial<Parameters<typeof readLooseSettings>[0]>) =>
    readLooseSettings({ ...NOTHING, ...given });
  const ofFile = (text: string) => read({ file: { path: "f.yaml", text } });

  test.each([
    ["ops_port: 9002\nreplicas: many\n"],
    ["ops_port: 9002\ntusk: 3\n"],
    ["ops_port: 9002\nstrategy: [hash\n"],
    ["per_replica: {server-1: {weight: 3}\nops_port: 9002\n"],
    ["not a setting\nops_port: 9002\n"],
    ["\tops_port: 9002\n"],
    ["host: *nowhere\nops_port: 9002\n"],
    ["toString: 1\nops_port: 9002\n"],
  ])("keep what is right for itself: %j", (text) => {
    const { settings, origins, problems, unsettled } = ofFile(text);

    expect([settings.ops_port, origins.ops_port]).toEqual([9002, "file"]);
    expect(problems).not.toBeEmpty();
    expect(unsettled).not.toContain("ops_port");
  });

  test("are told apart where the wrong value would decide", () => {
    const file = { path: "f.yaml", text: "ops_port: 90O2\nstrategy: best\n" };

    expect(read({ file }).settings.ops_port).toBe(8002);
    expect([...read({ file }).unsettled]).toEqual(["ops_port", "strategy"]);
    expect([...read({ file, flags: { ops_port: "9002" } }).unsettled]).toEqual(["strategy"]);
    const environment = { FLOTILLA_STRATEGY: "hash" };
    expect([...read({ file, environment, flags: { ops_port: "x" } }).unsettled]).toEqual([
      "ops_port",
    ]);
  });

  test.each(["", "}{", "- a\n- b", "foo", "null", "__proto__: {ops_port: 9002}", "\u0000"])(
    "are the defaults where nothing can be read: %j",
    (text) => expect(ofFile(text).settings).toEqual(read({}).settings),
  );
});
