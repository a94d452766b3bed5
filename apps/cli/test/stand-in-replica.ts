/**
 * A replica as the supervisor sees it, without models: it answers on its port, drains with its first SIGTERM, ends
 * with its second, and beats. A models' folder that is not there is refused; "deaf" as default model ignores SIGTERM.
 */
import { existsSync } from "node:fs";
import { watchParent } from "@flotilla/common/watch-parent";

const models = Bun.env["FLOTILLA_MODELS"] ?? "";
if (!existsSync(models)) {
  process.stderr.write(`${models}: no such folder\n`);
  process.exit(2);
}

let signals = 0;
process.on("SIGTERM", () => {
  signals += 1;
  if (signals > 1 && Bun.env["FLOTILLA_DEFAULT_MODEL"] !== "deaf") process.exit(0);
});
Bun.serve({
  hostname: "127.0.0.1",
  port: Number(Bun.env["FLOTILLA_HTTP_PORT"]),
  routes: {
    "/health/ready": () => new Response(null, { status: signals > 0 ? 503 : 200 }),
    "/environment": () => Response.json(Bun.env),
  },
});
watchParent(() => process.exit());
const beat = () => process.send?.("beat");
beat();
setInterval(beat, 500);
