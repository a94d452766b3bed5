import { requestId } from "@flotilla/common/request-id";
import type { Replica } from "../replica.ts";

/** What every answer carries: who gave it, and the id under which the logs know it. */
export function answerHeaders(
  { settings }: Pick<Replica, "settings">,
  request: Request,
): { readonly "x-server-id": string; readonly "x-request-id": string } {
  return {
    "x-server-id": settings.server_id,
    "x-request-id": requestId(request.headers.get("x-request-id")),
  };
}
