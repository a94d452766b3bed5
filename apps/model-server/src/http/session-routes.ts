import { failed, type Outcome, success } from "@flotilla/common/failure";
import { problemResponse } from "@flotilla/common/problem-response";
import { Elysia } from "elysia";
import { describeSession } from "../describe-session.ts";
import { findConversation } from "../find-conversation.ts";
import type { Replica } from "../replica.ts";
import { answerHeaders } from "./answer-headers.ts";
import { END_SESSION_DETAIL, SESSION_DETAIL } from "./openapi-details.ts";
import { pathParameter } from "./path-parameter.ts";
import { refuseFromNginx } from "./refuse-from-nginx.ts";

const LIST_LIMIT = 100;

export function sessionRoutes(replica: Replica) {
  const find = (request: Request, session: string | undefined) =>
    findConversation(replica, {
      model: new URL(request.url).searchParams.get("model") ?? "",
      session: pathParameter(session),
    });
  const answer = <T>(request: Request, outcome: Outcome<T>, render: (value: T) => Response) => {
    const headers = answerHeaders(replica, request);
    return outcome.ok ? render(outcome.value) : problemResponse(outcome.failure, headers);
  };
  return new Elysia()
    .get(
      "/sessions/:session",
      async ({ request, params }) => {
        const found = find(request, params.session);
        const described = found.ok
          ? await found.value.conversations.describe(found.value.id)
          : found;
        return answer(request, described, (summary) =>
          Response.json(describeSession(summary), { headers: answerHeaders(replica, request) }),
        );
      },
      { detail: SESSION_DETAIL },
    )
    .delete(
      "/sessions/:session",
      async ({ request, params }) => {
        const found = find(request, params.session);
        const ended = found.ok ? await found.value.conversations.end(found.value.id) : found;
        return answer(
          request,
          ended,
          () => new Response(null, { status: 204, headers: answerHeaders(replica, request) }),
        );
      },
      { detail: END_SESSION_DETAIL },
    )
    .get(
      "/sessions",
      async ({ request }) => {
        const refusal = refuseFromNginx(replica, request);
        if (refusal !== undefined) return refusal;
        const query = new URL(request.url).searchParams;
        const model = query.get("model");
        const after = query.get("after");
        const limit = readLimit(query.get("limit"));
        if (!limit.ok) return answer(request, limit, () => new Response());
        const listed = await replica.conversations?.list({
          limit: limit.value,
          ...(model !== null && { model }),
          ...(model !== null && after !== null && { after: { model, session: after } }),
        });
        return answer(request, listed ?? { ok: true, value: [] }, (summaries) =>
          Response.json(
            { sessions: summaries.map(describeSession) },
            { headers: answerHeaders(replica, request) },
          ),
        );
      },
      // Not in the public description: whoever knows an id may go on with its conversation. The gateway serves it.
      { detail: { hide: true } },
    );
}

/** SQLite takes a negative one for none at all. */
function readLimit(text: string | null): Outcome<number> {
  if (text === null) return success(LIST_LIMIT);
  return /^[1-9]\d{0,8}$/.test(text)
    ? success(Number(text))
    : failed("invalid-input", "limit must be a whole number, 1 or more");
}
