/** A gateway that decides nothing: what becomes of the fleet is the test's to say. */
import { watchParent } from "@flotilla/common/watch-parent";

Bun.serve({
  hostname: Bun.env["FLOTILLA_OPS_HOST"] ?? "",
  port: Number(Bun.env["FLOTILLA_OPS_PORT"]),
  fetch: () => new Response(),
});
process.on("SIGTERM", () => process.exit(0));
watchParent(() => process.exit());
