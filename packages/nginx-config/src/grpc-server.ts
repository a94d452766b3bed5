import { block } from "./block.ts";
import { forwardedFor } from "./client-address.ts";
import type { FleetSpec } from "./fleet-spec.ts";
import { supports } from "./nginx-features.ts";
import {
  renderGrpcErrorLocation,
  renderGrpcErrorPages,
  renderGrpcErrorPagesBefore,
} from "./own-errors.ts";
import { renderRetriedHeader } from "./retried-header.ts";
import { seconds, TIMEOUTS } from "./timeouts.ts";
import { poolVariable, upstreamName } from "./upstreams.ts";
import { renderUserDirectives } from "./user-directives.ts";

/** What may be held back until it is whole, and sent again. A streaming method here would wait for its last message. */
const UNARY_METHODS = [
  "flotilla.v1.PredictionService/Predict",
  "flotilla.v1.PredictionService/GetSession",
  "flotilla.v1.PredictionService/EndSession",
  "flotilla.v1.PredictionService/ListModels",
  "flotilla.v1.PredictionService/GetModel",
  "grpc.health.v1.Health/Check",
] as const;

// Room for the replica to refuse long metadata by name; past this NGINX can only close the connection.
const METADATA_BUFFERS = 4;

const FRAME_HEADER_BYTES = 5;

export function renderGrpcServer(fleet: FleetSpec): readonly string[] {
  return block("server", [
    ...renderListen(fleet),
    `http2_max_concurrent_streams ${fleet.grpcStreamsLimit};`,
    `large_client_header_buffers ${METADATA_BUFFERS} ${METADATA_BUFFERS * fleet.headerLimitBytes};`,
    "client_body_buffer_size 64k;",
    "",
    "grpc_set_header Host $host;",
    `grpc_set_header X-Forwarded-For ${forwardedFor(fleet)};`,
    "grpc_set_header X-Flotilla-Request-Id $request_id;",
    "grpc_set_header X-Flotilla-Arrived $flotilla_arrived;",
    "grpc_set_header X-Flotilla-Repeated $flotilla_repeated;",
    `grpc_connect_timeout ${TIMEOUTS.connect};`,
    "# Past refused connections; what was sent once is not sent again by this, whatever it is told.",
    "grpc_next_upstream error;",
    "",
    "recursive_error_pages on;",
    ...renderGrpcErrorPages(),
    renderRetriedHeader(),
    "",
    ...renderUserDirectives(fleet, "server"),
    ...renderStreams(),
    "",
    ...renderUnary(fleet),
    "",
    ...renderGrpcErrorLocation(),
  ]);
}

function renderListen({ nginx, grpc }: FleetSpec): readonly string[] {
  const address = `${grpc.host}:${grpc.port}`;
  return supports(nginx, "http2-directive")
    ? [`listen ${address};`, "http2 on;"]
    : [`listen ${address} http2;`];
}

function renderStreams(): readonly string[] {
  return [
    "# Streams, and whatever the replicas may not know: straight through, never repeated. Each message has the",
    "# replica's limit; all of them together have none.",
    ...block("location /", [
      "set $flotilla_arrived $msec;",
      'set $flotilla_repeated "";',
      "client_max_body_size 0;",
      `client_body_timeout ${TIMEOUTS.stream};`,
      `grpc_send_timeout ${TIMEOUTS.stream};`,
      `grpc_read_timeout ${TIMEOUTS.stream};`,
      `grpc_pass grpc://${poolVariable("grpc")};`,
    ]),
  ];
}

/** The one way of repeating a sent call that held under a kill each second on every NGINX since 1.22. */
function renderUnary(fleet: FleetSpec): readonly string[] {
  const methods = UNARY_METHODS.map((method) => method.replaceAll(".", "\\."));
  const limits = [
    `client_max_body_size ${fleet.grpcMessageLimitBytes + FRAME_HEADER_BYTES};`,
    `client_body_timeout ${TIMEOUTS.body};`,
    `grpc_read_timeout ${seconds(fleet.deadlineMs + TIMEOUTS.marginMs)};`,
  ];
  return [
    "# Unary calls may be repeated on a broken connection. grpc_pass alone cannot: it sends the message on as it comes",
    "# and keeps nothing. `mirror` reads it whole first, for a copy that goes nowhere, and from then on it is there for",
    "# the next three hops. Never a hop without `mirror`: it would send an empty message and call it a success.",
    ...block(`location ~ "^/(${methods.join("|")})$"`, [
      "set $flotilla_arrived $msec;",
      'set $flotilla_repeated "";',
      "mirror /.flotilla/mirrored;",
      ...limits,
      ...renderGrpcErrorPagesBefore("@retry"),
      `grpc_pass grpc://${poolVariable("grpc")};`,
    ]),
    "",
    ...block("location @retry", [
      "set $flotilla_repeated 1;",
      ...limits,
      ...renderGrpcErrorPagesBefore("@retry_again"),
      `grpc_pass grpc://${poolVariable("grpc")};`,
    ]),
    "",
    ...block("location @retry_again", [
      ...limits,
      ...renderGrpcErrorPagesBefore("@last_hop"),
      `grpc_pass grpc://${poolVariable("grpc")};`,
    ]),
    "",
    ...block("location @last_hop", [
      ...limits,
      `grpc_pass grpc://${upstreamName("grpc", "last_hop")};`,
    ]),
    "",
    ...block("location = /.flotilla/mirrored", ["internal;", "return 204;"]),
  ];
}
