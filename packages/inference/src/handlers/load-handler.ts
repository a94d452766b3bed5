import { dirname, join } from "node:path";
import { type Checked, refused } from "@flotilla/common/checked";
import { failed, type Outcome } from "@flotilla/common/failure";
import type { ExampleFile, Handler, SetupContext } from "@flotilla/handler";
import type { TaskInput } from "../inference-request.ts";
import type { LoadedModel } from "../loaded-model.ts";
import type { ModelSource } from "../model-source.ts";
import { parseTaskData, parseTaskInput } from "../parse-task-input.ts";
import { isExampleFile, type TaskContract } from "../task-contract.ts";
import { answerByHandler } from "../tasks/answer-by-handler.ts";
import type { Task } from "../tasks/task.ts";
import { toJson } from "../tasks/to-json.ts";
import { checkHandler } from "./check-handler.ts";
import { type HandlerFile, importHandler, thrownAt } from "./import-handler.ts";
import { placeOfField } from "./place-in.ts";

/** A user's own task: its code is read, checked and set up. */
export async function loadHandler(
  source: ModelSource,
  model: LoadedModel,
  predict: (model: string, input: unknown) => Promise<unknown>,
): Promise<Checked<Task>> {
  const { file: path = "" } = source.handler ?? {};
  const file = { path, text: await Bun.file(path).text() };
  const exported = await importHandler(file);
  if (!exported.ok) return exported;
  const checked = checkHandler(file, exported.value, {
    hasModel: source.onnxFile !== undefined,
    stateful: model.state.length > 0,
  });
  if (!checked.ok) return checked;
  const { handler, contract } = checked.value;
  const examples = await readExamples(file, handler, contract);
  if (!examples.ok) return examples;
  const { name, version, folder } = source;
  const own = { name, version, folder };
  const resources = await setUp(file, handler, own);
  if (!resources.ok) return resources;
  const uses = handler.uses ?? [];
  const answer = answerByHandler({
    handler,
    model,
    context: {
      ...own,
      resources: resources.value,
      state: {},
      async predict(other, input) {
        if (uses.includes(other)) return await predict(other, input);
        throw new Error(`context.predict: ${other} is not in \`uses\`; mend: name it there`);
      },
    },
    toPrediction: (value) => ({ kind: "json", json: toJson(value) }),
  });
  const [first, ...more] = examples.value as [TaskInput, ...TaskInput[]];
  return {
    ok: true,
    value: {
      maxLength: Number.POSITIVE_INFINITY,
      examples: [first, ...more],
      contract,
      uses,
      answer,
    },
  };
}

async function setUp(
  file: HandlerFile,
  handler: Handler,
  context: SetupContext,
): Promise<Checked<unknown>> {
  try {
    return { ok: true, value: await handler.setup?.(context) };
  } catch (error) {
    return refused(`${thrownAt(error, file)}; mend: let setup succeed, or take ${file.path} away`);
  }
}

async function readExamples(
  file: HandlerFile,
  { examples }: Handler,
  takes: TaskContract,
): Promise<Checked<readonly TaskInput[]>> {
  const inputs: TaskInput[] = [];
  for (const [index, example] of examples.entries()) {
    const input = isExampleFile(example, takes.accepts)
      ? await readFileOf(file, example, takes)
      : parseTaskInput({ takes }, example, `examples[${index}]`);
    if (!input.ok) {
      const place = placeOfField(file, "examples");
      return refused(`${place}: ${input.failure.detail}; mend: change examples[${index}]`);
    }
    inputs.push(input.value);
  }
  return { ok: true, value: inputs };
}

async function readFileOf(
  handler: HandlerFile,
  example: ExampleFile,
  takes: TaskContract,
): Promise<Outcome<TaskInput>> {
  const file = Bun.file(join(dirname(handler.path), example.file));
  if (!(await file.exists()))
    return failed("invalid-input", `expected the file ${file.name}, got none`);
  return parseTaskData({ takes }, { data: await file.bytes(), mediaType: example.mediaType });
}
