import type { LoadedModel } from "@flotilla/inference/loaded-model";
import type { TensorSpec } from "@flotilla/inference/tensor";

/**
 * What both transports tell of the models, one entry for all versions of a name. The signature is the default
 * version's: the highest, which stands last.
 */
export function describeModels(models: readonly LoadedModel[]) {
  return [...Map.groupBy(models, ({ name }) => name)].map(([name, versions]) => {
    const model = versions.at(-1);
    if (model === undefined) throw new Error(`${name} has no version`);
    return {
      name,
      versions: versions.map(({ version }) => String(version)),
      default_version: String(model.version),
      task: model.task,
      ...(model.description !== undefined && { description: model.description }),
      inputs: model.inputs.map(describeTensor),
      outputs: model.outputs.map(describeTensor),
      state: model.state.map(({ input, output }) => ({ input, output })),
      ...describeHandler(model),
    };
  });
}

/** Of a model with a `handler.ts`: what that takes, and gives. Examples of raw bodies are files, which nobody can read here. */
function describeHandler({ task, takes }: LoadedModel) {
  if (task !== "handler" || takes === undefined) return {};
  const { input, output, accepts, examples } = takes;
  return { input: input?.json, output, accepts, ...(examples.length > 0 && { examples }) };
}

function describeTensor({ name, datatype, shape }: TensorSpec) {
  return { name, datatype, shape: [...shape] };
}
