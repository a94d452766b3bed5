import { type Static, type TProperties, type TSchema, Type } from "@sinclair/typebox";

const HOUR_MS = 3_600_000;
const INT32 = 2 ** 31 - 1;

const REPLICA_ID_PATTERN = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$";

const port = (value: number, description: string) =>
  Type.Integer({ default: value, minimum: 1, maximum: 65_535, description });
/** Each has a maximum that its users can hold: timers end at 2^31 ms, lengths and NGINX's numbers at 2^31 too. */
const limit = (value: number, maximum: number, description: string) =>
  Type.Integer({ default: value, minimum: 1, maximum, description });
const text = (value: string, description: string) =>
  Type.String({ default: value, minLength: 1, description });

/**
 * Every setting of Flotilla, once: from here come the flags (`--http-port`), the variables (`FLOTILLA_HTTP_PORT`),
 * the keys of `flotilla.yaml` (`http_port`), its JSON Schema and the table in docs/operating.md.
 */
export const SETTINGS = {
  host: text("127.0.0.1", "address where NGINX listens; for a replica started alone, its own"),
  http_port: port(8000, "HTTP port of NGINX; for a replica started alone, its own"),
  grpc_port: port(8001, "gRPC port of NGINX; for a replica started alone, its own"),
  ops_host: text("127.0.0.1", "address of the gateway's operations port"),
  ops_port: port(8002, "the gateway's operations port"),
  replicas: Type.Integer({
    default: 3,
    minimum: 1,
    maximum: 99,
    description: "size of the local fleet",
  }),
  replica_port_base: Type.Integer({
    default: 8100,
    minimum: 1024,
    maximum: 65_300,
    description:
      "local replica n listens on this + n for HTTP and on this + 100 + n for gRPC, on loopback",
  }),
  replica_hosts: Type.String({
    default: "",
    examples: ["model-server", "10.0.0.5:8000, 10.0.0.6:8000"],
    description:
      "for `flotilla up`: names or addresses of replicas that another system runs, with commas between them; HTTP on the port that is named, else 8000, gRPC on the next one",
  }),
  per_replica: Type.Record(
    Type.String({ pattern: REPLICA_ID_PATTERN }),
    Type.Object(
      {
        weight: Type.Optional(
          Type.Integer({
            default: 1,
            minimum: 1,
            maximum: 1_000,
            description: "its share of the requests: 3 gets three times as many as 1",
          }),
        ),
        max_conns: Type.Optional(
          Type.Integer({
            default: 0,
            minimum: 0,
            maximum: 65_535,
            description: "connections at once from each of NGINX's upstreams; 0: as many as come",
          }),
        ),
        backup: Type.Optional(
          Type.Boolean({ default: false, description: "used only while no other replica is up" }),
        ),
      },
      { additionalProperties: false },
    ),
    {
      default: {},
      examples: [{ "server-1": { weight: 3 }, "server-3": { backup: true } }],
      additionalProperties: false,
      description:
        "by a replica's id: `weight`, `max_conns` and `backup` in NGINX's upstreams; as JSON where it is a flag or a variable",
    },
  ),
  strategy: Type.Union(
    (
      [
        "round-robin",
        "least-conn",
        "random-two",
        "ip-hash",
        "hash",
        "least-time",
        "sticky",
      ] as const
    ).map((strategy) => Type.Literal(strategy)),
    {
      default: "round-robin",
      description:
        "how requests without a conversation are balanced; `least-time` needs NGINX 1.31.0, `sticky` 1.29.6",
    },
  ),
  hash_on: Type.String({
    default: "client-address",
    pattern: "^(client-address|header:[A-Za-z0-9]([A-Za-z0-9-]{0,62}[A-Za-z0-9])?)$",
    description: "for the strategy `hash`: `client-address` or `header:NAME`",
  }),
  trusted_proxies: Type.String({
    default: "",
    examples: ["10.0.0.0/8, 192.0.2.7"],
    description:
      "addresses and networks, with commas between them, whose `x-forwarded-for` is believed; empty: nobody's",
  }),
  models: text("models", "a model repository, or one model's folder"),
  default_model: Type.String({
    default: "",
    description: "the model of `/predict`; empty: the only one, else `sentiment`",
  }),
  handlers: Type.Union(
    (["on", "off"] as const).map((value) => Type.Literal(value)),
    {
      default: "on",
      description:
        "`off` refuses models with a `handler.ts`, which is code as trusted as the application",
    },
  ),
  nginx: Type.String({ default: "", description: "the NGINX binary; empty: found, or fetched" }),
  nginx_directives: text(
    "nginx",
    "folder whose `http.d/*.conf` and `server.d/*.conf` are included in NGINX's configuration",
  ),
  state: text(".flotilla", "folder for sockets, pid files and the rendered configuration"),
  session_header: Type.String({
    default: "x-session-id",
    pattern: "^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$",
    description: "the header that names a conversation: lower-case letters, digits, hyphens",
  }),
  session_store: text(
    "sqlite:",
    "where conversations are kept: `sqlite:PATH` (`sqlite:` alone: a file in the state folder), `redis://HOST:PORT/DATABASE`, `rediss://…` with TLS, or `memory:`, which ends with its replica",
  ),
  sessions_limit: limit(1_000_000, 100_000_000, "conversations in the store"),
  session_store_limit_mib: limit(4_096, 1_048_576, "MiB that the store's conversations may take"),
  session_retention_ms: limit(
    7 * 24 * HOUR_MS,
    24 * 24 * HOUR_MS,
    "a conversation that nobody went on with for so long leaves the store",
  ),
  sessions_in_memory_limit: limit(10_000, 10_000_000, "conversations in one replica's memory"),
  session_memory_limit_mib: limit(256, 1_048_576, "MiB of one replica's memory for conversations"),
  session_idle_ms: limit(
    HOUR_MS / 2,
    24 * 24 * HOUR_MS,
    "a conversation that was idle for so long leaves its replica's memory, not the store",
  ),
  session_state_limit_bytes: limit(
    1024 * 1024,
    1024 ** 3,
    "state of one conversation; a model with more does not start",
  ),
  session_queue_limit: limit(16, 100_000, "turns of one conversation that may wait"),
  max_fails: Type.Integer({
    default: 1,
    minimum: 0,
    maximum: 1_000,
    description: "failed attempts after which NGINX leaves a replica out for `fail_timeout_ms`",
  }),
  fail_timeout_ms: Type.Integer({
    default: 1_000,
    minimum: 1_000,
    maximum: 600_000,
    multipleOf: 1_000,
    description: "how long NGINX leaves a failed replica out, in whole seconds",
  }),
  deadline_ms: Type.Integer({
    default: 30_000,
    minimum: 1,
    maximum: HOUR_MS,
    description: "longest a request may take, from its arrival; a client may ask for less",
  }),
  max_queue_ms: limit(
    5_000,
    HOUR_MS,
    "a request whose estimated wait is longer is refused at once",
  ),
  queue_limit: limit(1_024, 1_000_000, "requests that may wait in one replica"),
  batch_limit: limit(256, 65_536, "rows of one request, and of one batch"),
  body_limit_bytes: limit(16 * 1024 * 1024, INT32, "HTTP body, compressed or not"),
  grpc_message_limit_bytes: limit(64 * 1024 * 1024, INT32, "gRPC message, compressed or not"),
  header_limit_bytes: Type.Integer({
    default: 16 * 1024,
    minimum: 1_024,
    maximum: 16 * 1024,
    description: "all headers of a request together; Bun's HTTP server allows no more than 16 KiB",
  }),
  json_depth_limit: limit(64, 10_000, "nesting of a JSON body"),
  tensor_elements_limit: limit(2 ** 24, INT32, "elements of one tensor"),
  connections_limit: Type.Integer({
    default: 4_096,
    minimum: 64,
    maximum: 262_144,
    description: "clients' connections at once in each of NGINX's workers, one for each core",
  }),
  grpc_streams_limit: limit(128, 65_535, "calls at once on one gRPC connection"),
  body_timeout_ms: limit(
    15_000,
    HOUR_MS,
    "a body must have arrived by then, counted from its headers",
  ),
  drain_delay_ms: Type.Integer({
    default: 10_000,
    minimum: 0,
    maximum: 600_000,
    description:
      "how long a replica that was told to stop goes on serving until it is out of the upstreams",
  }),
  watch: Type.Boolean({
    default: true,
    description:
      "`flotilla dev` restarts the replicas, one by one, when a source or a model changes",
  }),
  threads: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 1_024,
    description: "ONNX Runtime's threads in each replica; 0: the host's cores ÷ local replicas",
  }),
  log_level: Type.Union(
    (["debug", "info", "warn", "error"] as const).map((level) => Type.Literal(level)),
    { default: "info", description: "`debug` has a line for every request" },
  ),
  server_id: Type.String({
    default: "server-1",
    pattern: REPLICA_ID_PATTERN,
    description:
      "a replica's name, stable across its restarts; `auto`: `server-` and its container's number",
  }),
} as const satisfies TProperties;

export const SettingsSchema = Type.Object(SETTINGS, { additionalProperties: false });

export type Settings = Static<typeof SettingsSchema>;
export type SettingKey = keyof typeof SETTINGS;

export const SETTING_KEYS = Object.keys(SETTINGS) as readonly SettingKey[];

export function settingVariable(key: SettingKey): string {
  return key === "server_id" ? "SERVER_ID" : `FLOTILLA_${key.toUpperCase()}`;
}

export function settingFlag(key: SettingKey): string {
  return `--${key.replaceAll("_", "-")}`;
}

export function settingSchema(key: SettingKey): TSchema {
  return SETTINGS[key];
}
