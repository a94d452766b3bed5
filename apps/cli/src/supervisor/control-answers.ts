export type ControlRoute = (request: Bun.BunRequest) => Response | Promise<Response>;

/** By path and method, as `Bun.serve` takes them. */
export type ControlRoutes = Readonly<
  Record<string, Readonly<Partial<Record<"GET" | "POST" | "PUT", ControlRoute>>>>
>;

export function done(): Response {
  return new Response(null, { status: 204 });
}

export function refusal(
  status: 400 | 404 | 409 | 422 | 503,
  ...problems: readonly string[]
): Response {
  return Response.json({ problems }, { status });
}

/** The fields of a JSON object; none of what is no such object, so that each is missed by who needs it. */
export async function readBody(request: Request): Promise<Readonly<Record<string, unknown>>> {
  const body: unknown = await request.json().catch(() => undefined);
  return { ...(body as object | undefined) };
}
