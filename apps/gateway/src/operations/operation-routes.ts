import { type Failure, failed, type Outcome } from "@flotilla/common/failure";
import { problemResponse } from "@flotilla/common/problem-response";
import { Elysia } from "elysia";
import { fleetStatus } from "./fleet-status.ts";
import { isFromWebPage } from "./from-web-page.ts";
import type { Operations } from "./operations.ts";
import type { OperationsOptions } from "./operations-app.ts";
import {
  DRAIN_DETAIL,
  RELOAD_DETAIL,
  RESTART_DETAIL,
  RETURN_DETAIL,
  SCALE_DETAIL,
} from "./operations-schemas.ts";
import { readScale } from "./read-scale.ts";
import { requestHeaders } from "./request-headers.ts";

/** What an operator may do: each answers when it is done, with the fleet as it is then. */
export function operationRoutes(options: OperationsOptions) {
  const { operations } = options;
  const answer = async (
    request: Request,
    operation: Operation,
    of: "fleet" | "nginx" = "fleet",
  ) => {
    const refusal = refuse(request, of === "fleet" ? options.ownsReplicas : options.supervised);
    const done = refusal ? { ok: false as const, failure: refusal } : await operation(operations);
    const headers = requestHeaders(request);
    return done.ok
      ? Response.json(await fleetStatus(options), { headers })
      : problemResponse(done.failure, headers);
  };
  // Bodies are read where there is one, and by hand: Elysia would coerce, and echo the input in its errors.
  const parse = "none";
  return new Elysia()
    .post(
      "/replicas/:id/drain",
      ({ request, params }) => answer(request, ({ drain }) => drain(params.id)),
      { parse, detail: DRAIN_DETAIL },
    )
    .post(
      "/replicas/:id/return",
      ({ request, params }) => answer(request, (operations) => operations.return(params.id)),
      { parse, detail: RETURN_DETAIL },
    )
    .post("/restart", ({ request }) => answer(request, ({ restart }) => restart()), {
      parse,
      detail: RESTART_DETAIL,
    })
    .put("/scale", ({ request }) => answer(request, (all) => scale(all, request)), {
      parse,
      detail: SCALE_DETAIL,
    })
    .post("/reload", ({ request }) => answer(request, ({ reload }) => reload(), "nginx"), {
      parse,
      detail: RELOAD_DETAIL,
    });
}

type Operation = (operations: Operations) => Promise<Outcome<void>>;

async function scale(operations: Operations, request: Request): Promise<Outcome<void>> {
  const size = await readScale(request);
  return size.ok ? await operations.scale(size.value) : size;
}

function refuse(request: Request, isOurs: boolean): Failure | undefined {
  if (isFromWebPage(request)) {
    const detail =
      "a web page may not do this; mend: use the command line, or a client without an Origin header";
    return failed("forbidden", detail).failure;
  }
  if (isOurs) return undefined;
  const detail =
    "another system owns these replicas; mend: ask the one that started them (`docker compose up --scale`, Kubernetes)";
  return failed("not-supervised", detail).failure;
}
