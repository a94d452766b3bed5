import { services } from "@flotilla/proto/services";
import { Server, ServerCredentials, type sendUnaryData } from "@grpc/grpc-js";

/** A gRPC server as it would be without the mend, in a process of its own, since the mend is there to stay. */
const server = new Server();
server.addService(services["grpc.health.v1.Health"], {
  Check: (_: unknown, callback: sendUnaryData<object>) => callback(null, { status: "SERVING" }),
  Watch: () => {},
});
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`${port}\n`);
});
