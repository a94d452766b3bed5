import { type Checked, refused } from "@flotilla/common/checked";
import type { Settings } from "@flotilla/common/settings";
import { hostAndPort } from "../host-and-port.ts";
import type { ModelDescription } from "../screen/example-request.ts";
import { table } from "../screen/table.ts";
import { askFleet } from "./ask-fleet.ts";

interface Models {
  readonly models: readonly (ModelDescription & { readonly outputs: ModelDescription["inputs"] })[];
}

/** The lines to print. */
export async function runModels(options: {
  readonly settings: Settings;
  readonly json: boolean;
}): Promise<Checked<readonly string[]>> {
  const { host, http_port } = options.settings;
  const asked = await askFleet<Models>(`http://${hostAndPort(host, http_port)}/models`);
  if (!asked.ok) return refused(...asked.problems);
  if (options.json) return { ok: true, value: [JSON.stringify(asked.value)] };
  const rows = asked.value.models.map((model) => [
    model.name,
    model.versions.join(", "),
    model.task,
    model.inputs.map(signature).join("; "),
    model.outputs.map(signature).join("; "),
  ]);
  return { ok: true, value: table([["name", "versions", "task", "inputs", "outputs"], ...rows]) };
}

function signature({ name, datatype, shape }: ModelDescription["inputs"][number]): string {
  return `${name} ${datatype}[${shape.join(", ")}]`;
}
