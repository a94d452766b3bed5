import { FAILURE_STATUS } from "@flotilla/common/failure-status";
import { parseJson } from "@flotilla/inference/parse-json";
import type {
  Call,
  Client,
  PlainModel,
  PlainResult,
  PlainTensor,
  PlainTensors,
  Transport,
} from "./transport.ts";

export const overHttp: Transport = {
  name: "HTTP",
  statusOf: (kind) => String(FAILURE_STATUS[kind].http),
  connect({ httpUrl }): Client {
    return {
      async predict(call) {
        const { model, version } = call;
        const path = `${model ? `/models/${model}` : ""}${version ? `/versions/${version}` : ""}/predict`;
        const response = await fetch(`${httpUrl}${path}`, {
          method: "POST",
          headers: { "content-type": "application/json", ...call.headers },
          body: bodyOf(call),
          signal: call.signal ?? null,
        });
        const parsed = parseJson(await response.text(), 64);
        if (!parsed.ok) throw new Error(parsed.failure.detail);
        const body = parsed.value as Body;
        const headers = Object.fromEntries(response.headers);
        if (response.status !== 200) {
          const { detail = "" } = body;
          const retryAfter = headers["retry-after"];
          return {
            ok: false,
            status: String(response.status),
            detail,
            ...(retryAfter && { retryAfter }),
          };
        }
        const { server_id: serverId = "", model: name = "", version: digits = "" } = body;
        const results = (body.predictions ?? [body.prediction ?? body.outputs]).map(plainResult);
        return { ok: true, serverId, model: name, version: digits, results, headers };
      },
      async listModels() {
        const response = await fetch(`${httpUrl}/models`);
        return ((await response.json()) as { models: PlainModel[] }).models;
      },
      [Symbol.dispose]() {},
    };
  },
};

interface Body {
  readonly detail?: string;
  readonly server_id?: string;
  readonly model?: string;
  readonly version?: string;
  readonly prediction?: unknown;
  readonly outputs?: unknown;
  readonly predictions?: readonly unknown[];
}

function bodyOf(call: Call): string {
  const json = (input: object): unknown =>
    "inputs" in input ? { inputs: nestAll(input.inputs as PlainTensors) } : input;
  if ("instances" in call) return JSON.stringify({ instances: call.instances.map(json) });
  return JSON.stringify(json("text" in call ? { text: call.text } : { inputs: call.inputs }));
}

function nestAll(tensors: PlainTensors) {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, nest(tensor)]));
}

function nest({ shape, values }: PlainTensor): unknown {
  // `rawJSON` writes a bigint as the digits that it is.
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };
  let level: unknown[] = values.map((value) =>
    typeof value === "bigint" ? rawJSON(String(value)) : value,
  );
  for (const size of shape.slice(1).toReversed()) {
    level = Array.from({ length: level.length / size }, (_, row) =>
      level.slice(row * size, (row + 1) * size),
    );
  }
  return shape.length === 0 ? level[0] : level;
}

/** JSON has no datatypes: what is compared is the values and the shape. */
function plainResult(result: unknown): PlainResult {
  if (typeof result !== "object" || result === null) return {};
  if ("label" in result || "embedding" in result) return result as PlainResult;
  return {
    outputs: Object.fromEntries(
      Object.entries(result).map(([name, value]) => [name, flatten(value)]),
    ),
  };
}

function flatten(value: unknown) {
  const shape: number[] = [];
  let first = value;
  while (Array.isArray(first)) {
    shape.push(first.length);
    first = first[0];
  }
  const values = Array.isArray(value) ? value.flat(Number.POSITIVE_INFINITY) : [value];
  return { shape, values };
}
