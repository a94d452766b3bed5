import { type Checked, refused } from "@flotilla/common/checked";
import type { Settings } from "@flotilla/common/settings";
import { stateFolder } from "@flotilla/common/state-folder";
import { nginxPaths } from "@flotilla/nginx-config/nginx-paths";
import { type OperationsOptions, operationsApp } from "./operations-app.ts";

const BODY_BYTES_LIMIT = 64 * 1_024;

/** Opens the operations port. */
export function serveOperations(
  options: Omit<OperationsOptions, "stubStatusSocket"> & { readonly settings: Settings },
): Checked<Bun.Server<undefined>> {
  const { settings } = options;
  const stubStatusSocket = nginxPaths(stateFolder(settings.state).nginx).statusSocket;
  const app = operationsApp({ ...options, stubStatusSocket });
  try {
    const server = Bun.serve({
      hostname: settings.ops_host,
      port: settings.ops_port,
      maxRequestBodySize: BODY_BYTES_LIMIT,
      fetch(request, server) {
        // An operation answers when it is done, and each of its waits is bounded.
        if (request.method !== "GET") server.timeout(request, 0);
        return app.fetch(request);
      },
    });
    return { ok: true, value: server };
  } catch (error) {
    return refused((error as Error).message);
  }
}
