import { resolve } from "node:path";
import type { Docker } from "@flotilla/testkit/docker/find-docker";
import { freePorts } from "@flotilla/testkit/free-ports";

const REPOSITORY = resolve(import.meta.dir, "../../..");

/** The repository's own Compose files, as a project of the test's. */
export interface ComposeFleet extends AsyncDisposable {
  readonly httpUrl: string;
  readonly grpcAddress: string;
  compose(...words: readonly string[]): Promise<string>;
  /** What a command in the gateway's container prints. */
  inNginx(...command: readonly string[]): Promise<string>;
  status(): Promise<Status>;
  /** Ids of the service's containers. */
  containers(service: string): Promise<readonly string[]>;
}

interface Status {
  readonly nginx: { readonly pid: number; readonly reloads: number };
  readonly replicas: readonly {
    readonly id: string;
    readonly state: string;
    readonly http: string;
  }[];
}

export function composeFleet(options: {
  readonly docker: Docker;
  readonly files: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}): ComposeFleet {
  const { docker, files } = options;
  const [http = 0, grpc = 0] = freePorts(2);
  const project = `flotilla-test-${process.pid}`;
  const environment = {
    FLOTILLA_HTTP_PORT: String(http),
    FLOTILLA_GRPC_PORT: String(grpc),
    ...options.environment,
  };
  const compose = (...words: readonly string[]) => {
    // Not the `.env` of whoever runs the tests.
    const own = [
      "--project-name",
      project,
      ...files.flatMap((file) => ["--file", file]),
      "--env-file",
      "/dev/null",
    ];
    return docker.compose({ folder: REPOSITORY, environment }, ...own, ...words);
  };
  const inNginx = (...command: readonly string[]) => compose("exec", "-T", "nginx", ...command);
  return {
    httpUrl: `http://127.0.0.1:${http}`,
    grpcAddress: `127.0.0.1:${grpc}`,
    compose,
    inNginx,
    status: async () => JSON.parse(await inNginx("flotilla", "status", "--json")) as Status,
    async containers(service) {
      return (await compose("ps", "--quiet", service)).split("\n").filter(Boolean);
    },
    async [Symbol.asyncDispose]() {
      await compose("--profile", "*", "down", "--volumes", "--timeout", "1");
    },
  };
}
