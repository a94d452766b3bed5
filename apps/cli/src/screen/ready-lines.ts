import { localFleet } from "@flotilla/common/local-fleet";
import type { Settings } from "@flotilla/common/settings";
import { resolveDefaultModel } from "@flotilla/inference/find-model";
import { hostAndPort } from "../host-and-port.ts";
import { exampleRequest, type ModelDescription } from "./example-request.ts";

/** What one needs to know of a fleet that is ready: where it is, what it serves, and what to paste to try it. */
export function readyLines(options: {
  readonly settings: Settings;
  readonly models: readonly ModelDescription[];
  /** Of each replica, and the cores that they share. */
  readonly threads: number;
  readonly cores: number;
  readonly seconds: number;
}): readonly string[] {
  const { settings, models, threads, cores } = options;
  const { http, grpc } = addressesOf(settings);
  const chosen = defaultModel(models, settings.default_model);
  const replicas = localFleet(settings).map(
    ({ id, host, httpPort, grpcPort }) => `${id} http ${host}:${httpPort} grpc ${host}:${grpcPort}`,
  );
  return [
    ...addressLines(options),
    ...field("models", modelLines(models, chosen)),
    ...field("replicas", replicas),
    ...field("threads", [
      `${threads} for each replica (${cores} cores, ${settings.replicas} replicas)`,
    ]),
    "",
    ...tryLines({ http, grpc, ...chosen }),
    ...(settings.watch
      ? ["  A save of a source, a model or a setting rolls through the fleet."]
      : []),
    "  Ctrl-C drains and stops the fleet, twice forces it.",
  ];
}

/** The same for a fleet whose replicas are another system's, which has its own ways to show them. */
export function upLines(options: {
  readonly settings: Settings;
  readonly seconds: number;
}): readonly string[] {
  return [...addressLines(options), ...field("replicas", [options.settings.replica_hosts])];
}

function addressLines({
  settings,
  seconds,
}: {
  readonly settings: Settings;
  readonly seconds: number;
}): readonly string[] {
  const { http, grpc, operations } = addressesOf(settings);
  return [
    `Ready after ${seconds.toFixed(1)} s.`,
    "",
    ...field("HTTP", [`${http}   its documentation: ${http}/docs`]),
    ...field("gRPC", [grpc]),
    ...field("operations", [`${operations}/status   ${operations}/metrics`]),
  ];
}

function addressesOf(settings: Settings) {
  return {
    http: `http://${hostAndPort(settings.host, settings.http_port)}`,
    grpc: hostAndPort(settings.host, settings.grpc_port),
    operations: `http://${hostAndPort(settings.ops_host, settings.ops_port)}`,
  };
}

function field(name: string, values: readonly string[]): readonly string[] {
  return values.map((value, at) => `  ${(at === 0 ? name : "").padEnd(12)}${value}`);
}

function modelLines(models: readonly ModelDescription[], chosen: ChosenModel) {
  const longest = Math.max(...models.map(({ name }) => name.length));
  return models.map((model) => {
    const versions = model.versions.join(", ");
    const mark = chosen.isDefault && model === chosen.model ? ", the default" : "";
    return `${model.name.padEnd(longest)}   version ${versions}   ${model.task}${mark}`;
  });
}

interface ChosenModel {
  readonly model: ModelDescription | undefined;
  /** `/predict` needs no name for it. */
  readonly isDefault: boolean;
}

/** The one that `/predict` takes, else the first. */
function defaultModel(models: readonly ModelDescription[], configured: string): ChosenModel {
  const resolved = resolveDefaultModel(models, configured);
  const model = models.find(({ name }) => resolved.ok && name === resolved.value);
  return model ? { model, isDefault: true } : { model: models[0], isDefault: false };
}

function tryLines(
  options: ChosenModel & { readonly http: string; readonly grpc: string },
): readonly string[] {
  const { http, grpc, model, isDefault } = options;
  const example = model && exampleRequest(model);
  if (example === undefined) return [];
  const path = isDefault ? "/predict" : `/models/${model?.name}/predict`;
  const message = isDefault ? example.grpc : { model: model?.name, ...example.grpc };
  return [
    "Try:",
    `  curl -s ${http}${path} -H 'content-type: application/json' -d ${quoted(example.http)}`,
    `  grpcurl -plaintext -d ${quoted(message)} ${grpc} flotilla.v1.PredictionService/Predict`,
    "",
  ];
}

/** For a POSIX shell. */
function quoted(value: object): string {
  return `'${JSON.stringify(value).replaceAll("'", "'\\''")}'`;
}
