import type { LoadedModel } from "@flotilla/inference/loaded-model";
import type { TensorSpec } from "@flotilla/inference/tensor";
import type { Model } from "@flotilla/proto/generated/flotilla/v1/Model";
import type { TensorSpec as TensorSpecMessage } from "@flotilla/proto/generated/flotilla/v1/TensorSpec";

/** One message for all versions of a name, given with the highest last: the signature is that one's. */
export function modelMessages(models: readonly LoadedModel[]): Model[] {
  return [...Map.groupBy(models, ({ name }) => name).values()].map((versions) => {
    const model = versions.at(-1) as LoadedModel;
    return {
      name: model.name,
      versions: versions.map(({ version }) => String(version)),
      default_version: String(model.version),
      task: model.task,
      inputs: model.inputs.map(specMessage),
      outputs: model.outputs.map(specMessage),
    };
  });
}

function specMessage({ name, datatype, shape }: TensorSpec): TensorSpecMessage {
  return { name, datatype, shape: [...shape] };
}
