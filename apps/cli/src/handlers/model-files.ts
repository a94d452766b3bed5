import { basename, join, relative } from "node:path";
import { renderTensor } from "@flotilla/inference/tensor-json";
import type { FoundSample } from "@flotilla/inference/worker/find-sample";
import { REPOSITORY } from "../repository-folder.ts";
import { fieldNames } from "./field-names.ts";
import { inputFields, renderHandler } from "./handler-template.ts";
import { renderModelTypes } from "./render-model-types.ts";

/** What `flotilla init model` writes beside the ONNX file: texts by their paths. */
export function modelFiles(
  options: {
    readonly onnxFile: string;
    readonly name: string;
    readonly folder: string;
    readonly handler: boolean;
  } & Pick<FoundSample, "signature" | "inputs">,
): ReadonlyMap<string, string> {
  const { handler, signature } = options;
  const files = new Map([["model.yaml", manifest(options)]]);
  if (!handler) return files.set("example.json", `{"inputs": ${tensorExample(options)}}\n`);
  return files
    .set("model.types.ts", renderModelTypes(signature))
    .set("handler.ts", renderHandler(signature))
    .set("example.json", `${fieldExample(options)}\n`)
    .set("handler.test.ts", handlerTest(options));
}

function manifest({ onnxFile, folder }: { readonly onnxFile: string; readonly folder: string }) {
  const schema = relative(folder, join(REPOSITORY, "docs/schema/model.schema.json"));
  const description = JSON.stringify(`Made from ${basename(onnxFile)}`);
  return `# yaml-language-server: $schema=${schema}\ndescription: ${description}\n`;
}

function fieldExample({ signature, inputs }: Pick<FoundSample, "signature" | "inputs">): string {
  const fields = inputFields(signature).map(({ field, tensor, dimensions }) =>
    property(field, inputs[tensor.name], tensor.shape.length - dimensions.length),
  );
  return objectOf(fields);
}

function tensorExample({ signature, inputs }: Pick<FoundSample, "signature" | "inputs">): string {
  return objectOf(signature.inputs.map(({ name }) => property(name, inputs[name], 0)));
}

function property(
  name: string,
  tensor: FoundSample["inputs"][string] | undefined,
  skipped: number,
) {
  const rendered = tensor && renderTensor({ ...tensor, shape: tensor.shape.slice(skipped) });
  return `${JSON.stringify(name)}: ${rendered?.ok ? rendered.value : "null"}`;
}

function objectOf(properties: readonly string[]): string {
  return properties.length === 0 ? "{}" : `{\n  ${properties.join(",\n  ")}\n}`;
}

function handlerTest({
  name,
  signature,
}: { readonly name: string } & Pick<FoundSample, "signature">) {
  const answers = fieldNames(signature.outputs.map((output) => output.name));
  const expected = answers.map((field) => `    ${field}: expect.anything(),\n`).join("");
  return `import { expect, test } from "bun:test";
import { loadModel } from "@flotilla/testing";
import example from "./example.json" with { type: "json" };

test("${name} answers its example", async () => {
  await using model = await loadModel(import.meta.dir);

  expect(await model.predict(example)).toEqual({
${expected}  });
});

test("${name} refuses what it does not know", async () => {
  await using model = await loadModel(import.meta.dir);

  await expect(model.predict({ ...example, unknown: 1 })).rejects.toThrow("expected no properties but");
});
`;
}
