import { formatNginxVersion } from "@flotilla/common/nginx-version";
import { startFleet } from "@flotilla/testkit/start-fleet";
import onnxruntime from "onnxruntime-node/package.json" with { type: "json" };
import { benchNginx } from "./bench-nginx.ts";
import { flotillaRequests } from "./flotilla-requests.ts";
import type { Stack, Workload } from "./stack.ts";
import { workloadInputs } from "./workload-inputs.ts";
import { writeWorkloadModel } from "./workload-models.ts";

/** Flotilla as it comes: all settings have their defaults, three replicas among them. */
export async function startFlotilla(
  workload: Workload,
  options: {
    readonly name?: string;
    readonly replicas?: number;
    /** model.yaml, where it is another than the workload's. */
    readonly manifest?: string;
  } = {},
): Promise<Stack> {
  const { name = "flotilla", replicas = 3, manifest } = options;
  const { path: nginx, version } = await benchNginx();
  const models = await writeWorkloadModel(workload, manifest);
  const removeModels = () => models[Symbol.asyncDispose]();
  const fleet = await startFleet({
    settings: { models: models.repository, nginx, replicas, log_level: "warn" },
  }).catch(async (error) => {
    await removeModels();
    throw error;
  });
  const { http, grpc } = flotillaRequests(await workloadInputs(workload));
  const [first] = await fleet.replicas();
  if (first === undefined) throw new Error("a fleet without replicas");
  return {
    name,
    versions: {
      Bun: Bun.version,
      "onnxruntime-node": onnxruntime.version,
      NGINX: formatNginxVersion(version),
    },
    http: { ...http, address: new URL(fleet.httpUrl).host },
    grpc: { ...grpc, address: fleet.grpcAddress },
    direct: {
      http: { ...http, address: first.http },
      grpc: { ...grpc, address: first.grpc },
    },
    async pids() {
      const { nginx: master, replicas: all } = await fleet.status();
      return {
        replicas: all.flatMap(({ pid }) => pid ?? []),
        nginx: master.pid === null ? [] : [master.pid],
        others: [fleet.supervisorPid],
      };
    },
    async [Symbol.asyncDispose]() {
      await fleet.stop().finally(removeModels);
    },
  };
}
