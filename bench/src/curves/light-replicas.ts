import { services } from "@flotilla/proto/services";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { lightAddress } from "./light-address.ts";

/** Many replicas in one process, that answer as replicas do and run no model: start-light-fleet.ts starts it. */
const [count = 0, port = 0] = process.argv.slice(2).map(Number);
const draining = new Set<number>();

const grpc = new Server({ "grpc.enable_channelz": 0 });
grpc.addService(services["grpc.health.v1.Health"], {
  Check: (_: unknown, answer: (error: null, response: object) => void) =>
    answer(null, { status: "SERVING" }),
});

for (let number = 1; number <= count; number++) {
  const hostname = lightAddress(number);
  Bun.serve({ hostname, port, fetch: (request) => answerAs(number, request) });
  await bindGrpc(`${hostname}:${port + 1}`);
}
process.on("message", (number: number) => draining.add(number));
process.on("disconnect", () => process.exit());
process.send?.("ready");

async function answerAs(number: number, request: Request): Promise<Response> {
  const server_id = `server-${number}`;
  const isDraining = draining.has(number);
  switch (new URL(request.url).pathname) {
    case "/predict":
      await request.text();
      return Response.json({
        server_id,
        model: "mlp",
        version: "1",
        outputs: { scores: [[0, 0]] },
      });
    case "/health":
    case "/health/ready": {
      const status = isDraining ? "draining" : "ready";
      return Response.json({ server_id, status, models: [] }, { status: isDraining ? 503 : 200 });
    }
    default:
      return new Response("");
  }
}

async function bindGrpc(address: string): Promise<void> {
  await new Promise<void>((resolve, reject) =>
    grpc.bindAsync(address, ServerCredentials.createInsecure(), (error) =>
      error === null ? resolve() : reject(error),
    ),
  );
}
