import { block } from "./block.ts";
import { forwardedFor } from "./client-address.ts";
import type { FleetSpec } from "./fleet-spec.ts";
import {
  renderProblemLocation,
  renderProblemPages,
  renderProblemPagesBefore,
} from "./own-errors.ts";
import { renderRetriedHeader } from "./retried-header.ts";
import { seconds, TIMEOUTS } from "./timeouts.ts";
import { poolVariable, upstreamName } from "./upstreams.ts";
import { renderUserDirectives } from "./user-directives.ts";

/** The verbs that reach a replica as they are. */
const VERBS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

export function renderVerbMap(): readonly string[] {
  return [
    "# A replica hangs up on a verb that it does not know, which looks like a crash: one such request would eject them",
    "# all. As OPTIONS, which no path takes, it is answered like every wrong verb.",
    ...block("map $request_method $flotilla_verb", [
      "default OPTIONS;",
      ...VERBS.map((verb) => `${verb} ${verb};`),
    ]),
  ];
}

export function renderHttpServer(fleet: FleetSpec): readonly string[] {
  const { host, port } = fleet.http;
  return block("server", [
    `listen ${host}:${port};`,
    "",
    `client_max_body_size ${fleet.bodyLimitBytes};`,
    "client_body_buffer_size 256k;",
    `client_body_timeout ${TIMEOUTS.body};`,
    "# One buffer: it bounds all headers together, not each of them.",
    `large_client_header_buffers 1 ${fleet.headerLimitBytes};`,
    "",
    "proxy_http_version 1.1;",
    "proxy_method $flotilla_verb;",
    "proxy_set_header Host $host;",
    'proxy_set_header Connection "";',
    `proxy_set_header X-Forwarded-For ${forwardedFor(fleet)};`,
    "# Whatever a client put there is overwritten: both are the same when the request goes to another replica,",
    "# so a replica can tell a repeated request, and counts its deadline from when it arrived here.",
    "proxy_set_header X-Flotilla-Request-Id $request_id;",
    "proxy_set_header X-Flotilla-Arrived $flotilla_arrived;",
    "# Only on a further hop, which the request may have been the reason for: there it runs alone.",
    "proxy_set_header X-Flotilla-Repeated $flotilla_repeated;",
    `proxy_connect_timeout ${TIMEOUTS.connect};`,
    `proxy_read_timeout ${seconds(fleet.deadlineMs + TIMEOUTS.marginMs)};`,
    "",
    "# A broken connection proves that no answer was begun, and inference may be repeated: so a 502 has three further hops",
    "# below, POST too. Within a hop a request goes past refused connections, and a POST is sent once: four times in all,",
    "# at most. With `non_idempotent` here it would be sent to every replica of every hop, and what crashes one crashes",
    "# all. No `timeout`: to repeat what is slow doubles the load that made it slow.",
    "proxy_next_upstream error;",
    "",
    "recursive_error_pages on;",
    ...renderProblemPages(),
    renderRetriedHeader(),
    "",
    "# A replica takes a backslash for a slash, as browsers do: `/x\\..\\sessions` is another path there than here.",
    ...block('if ($uri ~ "\\x5C")', ["return 404;"]),
    "",
    ...renderUserDirectives(fleet, "server"),
    ...renderHops(),
    "",
    "# A replica's own figures are the operator's: the gateway gathers those of all, on its own port.",
    "# So is the list of conversations: whoever knows an id may go on with it.",
    ...block("location ~ ^/(metrics|sessions)/?$", ["return 404;"]),
    "",
    ...renderProblemLocation(),
  ]);
}

function renderHops(): readonly string[] {
  return [
    ...block("location /", [
      "# Set once, before the body is read, and kept through every further hop.",
      "set $flotilla_arrived $msec;",
      'set $flotilla_repeated "";',
      ...renderProblemPagesBefore("@retry"),
      `proxy_pass http://${poolVariable("http")};`,
    ]),
    "",
    "# Two, because two replicas may die at once: what has just failed is left out here, and not in the last hop.",
    ...block("location @retry", [
      "set $flotilla_repeated 1;",
      ...renderProblemPagesBefore("@retry_again"),
      `proxy_pass http://${poolVariable("http")};`,
    ]),
    "",
    ...block("location @retry_again", [
      ...renderProblemPagesBefore("@last_hop"),
      `proxy_pass http://${poolVariable("http")};`,
    ]),
    "",
    ...block("location @last_hop", [`proxy_pass http://${upstreamName("http", "last_hop")};`]),
  ];
}
