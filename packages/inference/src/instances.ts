import { failed, type Outcome, success } from "@flotilla/common/failure";
import type { LoadedModel } from "./loaded-model.ts";
import {
  allocateData,
  elementCount,
  type Tensor,
  type TensorData,
  type TensorSpec,
  type Tensors,
} from "./tensor.ts";

/** Instances, each without the batch dimension, become one batch; `checkTensors` still has to see the result. */
export function stackInstances(
  model: LoadedModel,
  instances: readonly Tensors[],
): Outcome<Tensors> {
  if (model.batch === "none") {
    return failed("invalid-input", "this model has no batch dimension: send inputs, not instances");
  }
  if (typeof model.batch === "number" && instances.length !== model.batch) {
    const { length } = instances;
    return failed("invalid-input", `expected ${model.batch} instances, got ${length}`);
  }
  for (const [at, instance] of instances.entries()) {
    const problem = instanceProblem(model, instance, instances[0] ?? {});
    if (problem !== undefined) return failed("invalid-input", `instances[${at}]${problem}`);
  }
  return success(mapSpecs(model.inputs, (spec) => stackInput(spec, instances)));
}

function instanceProblem(
  { inputs }: LoadedModel,
  instance: Tensors,
  first: Tensors,
): string | undefined {
  for (const { name } of inputs) {
    if (!Object.hasOwn(instance, name)) return `: missing: inputs.${name}`;
    const [tensor, model] = [instance[name], first[name]];
    if (tensor?.datatype !== model?.datatype || `${tensor?.shape}` !== `${model?.shape}`) {
      const expected = `${model?.datatype} [${model?.shape.join(", ")}], as in instances[0]`;
      return `.inputs.${name}: expected ${expected}, got ${tensor?.datatype} [${tensor?.shape.join(", ")}]`;
    }
  }
  const extra = Object.keys(instance).length - inputs.length;
  return extra > 0 ? `: expected no more inputs than the model has, got ${extra} more` : undefined;
}

function stackInput(spec: TensorSpec, instances: readonly Tensors[]): Tensor {
  const parts = instances.flatMap((instance) => instance[spec.name] ?? []);
  const { datatype, shape } = parts[0] ?? {
    datatype: spec.datatype,
    // With no instance to tell a variable dimension, 1 is as true as any; 0 would be refused.
    shape: spec.shape.slice(1).map((size) => Math.max(size, 1)),
  };
  return { datatype, shape: [parts.length, ...shape], data: concatData(datatype, parts) };
}

/** The inverse: each row a view, without the batch dimension. */
export function splitRows(tensors: Tensors): readonly Tensors[] {
  const rows = Object.values(tensors)[0]?.shape[0] ?? 0;
  return Array.from({ length: rows }, (_, row) =>
    mapTensors(sliceRows(tensors, row, row + 1), (tensor) => ({
      ...tensor,
      shape: tensor.shape.slice(1),
    })),
  );
}

/** Views of the rows from `start` up to, not including, `end`. */
export function sliceRows(tensors: Tensors, start: number, end: number): Tensors {
  return mapTensors(tensors, ({ datatype, shape: [, ...rest], data }) => {
    const width = elementCount(rest);
    const [from, to] = [start * width, end * width];
    return {
      datatype,
      shape: [end - start, ...rest],
      data: Array.isArray(data) ? data.slice(from, to) : data.subarray(from, to),
    };
  });
}

/** The same rows with data of their own: a view takes its whole buffer along, to the worker and into every memory. */
export function copyRows(tensors: Tensors, start: number, end: number): Tensors {
  return copyData(sliceRows(tensors, start, end));
}

export function copyData(tensors: Tensors): Tensors {
  return mapTensors(tensors, (tensor) => ({ ...tensor, data: tensor.data.slice() }));
}

/** One batch of several; beyond the batch dimension their shapes are equal. */
export function concatRows(parts: readonly Tensors[]): Tensors {
  const [first] = parts;
  if (first === undefined) throw new Error("there is no batch of no parts");
  if (parts.length === 1) return first;
  return mapTensors(first, ({ datatype, shape: [, ...rest] }, name) => {
    const tensors = parts.flatMap((part) => part[name] ?? []);
    const rows = tensors.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
    return { datatype, shape: [rows, ...rest], data: concatData(datatype, tensors) };
  });
}

/** What a batch of 0 is answered with, without asking the model. */
export function emptyOutputs({ outputs }: LoadedModel): Tensors {
  return mapSpecs(outputs, ({ datatype, shape: [, ...rest] }) => ({
    datatype,
    shape: [0, ...rest.map((size) => Math.max(size, 0))],
    data: allocateData(datatype, 0),
  }));
}

function concatData(datatype: Tensor["datatype"], parts: readonly Tensor[]): TensorData {
  if (datatype === "BYTES") return parts.flatMap(({ data }) => data as string[]);
  const all = allocateData(
    datatype,
    parts.reduce((sum, { data }) => sum + data.length, 0),
  ) as Float32Array;
  let offset = 0;
  for (const { data } of parts) {
    // Every part has the datatype's own array, so this never converts.
    all.set(data as Float32Array, offset);
    offset += data.length;
  }
  return all;
}

function mapTensors(tensors: Tensors, change: (tensor: Tensor, name: string) => Tensor): Tensors {
  const changed: Record<string, Tensor> = {};
  for (const name in tensors) changed[name] = change(tensors[name] as Tensor, name);
  return changed;
}

function mapSpecs(specs: readonly TensorSpec[], make: (spec: TensorSpec) => Tensor): Tensors {
  return Object.fromEntries(specs.map((spec) => [spec.name, make(spec)]));
}
