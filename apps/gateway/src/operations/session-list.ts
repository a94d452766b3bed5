import { failed } from "@flotilla/common/failure";
import { problemResponse } from "@flotilla/common/problem-response";
import type { FleetKeeper } from "../keeping/fleet-keeper.ts";
import { urlHost } from "../url-host.ts";
import { requestHeaders } from "./request-headers.ts";

const TIMEOUT_MS = 2_000;

/** The conversations in the store, as any serving replica tells them: all have the same one. */
export async function sessionList(fleet: FleetKeeper, request: Request): Promise<Response> {
  const headers = requestHeaders(request);
  const serving = fleet.replicas.find(({ state }) => state === "serving");
  if (serving === undefined) {
    return problemResponse(failed("not-ready", "no replica serves").failure, headers);
  }
  const { host, httpPort } = serving.replica;
  try {
    const { search } = new URL(request.url);
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const url = `http://${urlHost(host)}:${httpPort}/sessions${search}`;
    const answer = await fetch(url, { headers, signal });
    return new Response(await answer.text(), {
      status: answer.status,
      headers: { "content-type": answer.headers.get("content-type") ?? "application/json" },
    });
  } catch {
    const detail = `${serving.replica.id} did not answer within ${TIMEOUT_MS} ms`;
    return problemResponse(failed("not-ready", detail).failure, headers);
  }
}
