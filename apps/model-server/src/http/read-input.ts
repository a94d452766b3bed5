import { failed, type Outcome, success } from "@flotilla/common/failure";
import type { Settings } from "@flotilla/common/settings";
import type { LoadedModel } from "@flotilla/inference/loaded-model";
import { decodeUtf8, parseJson } from "@flotilla/inference/parse-json";
import { parseTaskData, wrongMediaType } from "@flotilla/inference/parse-task-input";
import { type PredictBody, parsePredictBody } from "./parse-predict-body.ts";
import { type BodyLimits, readBody } from "./read-body.ts";

type InputLimits = BodyLimits &
  Pick<Settings, "json_depth_limit" | "batch_limit" | "tensor_elements_limit">;

/** What a request's body asks: JSON, or the bytes of a media type that the model's handler accepts, alone or in a form. */
export function readInput(
  request: Request,
  model: LoadedModel,
  limits: InputLimits,
): Promise<Outcome<PredictBody>> {
  const contentType = request.headers.get("content-type") ?? "";
  return mediaTypeOf(contentType) === "application/json"
    ? readBody(request, limits).then((bytes) => parseJsonBody(bytes, model, limits))
    : readData({ request, contentType, model, limits });
}

async function readData(options: {
  readonly request: Request;
  readonly contentType: string;
  readonly model: LoadedModel;
  readonly limits: InputLimits;
}): Promise<Outcome<PredictBody>> {
  const { request, contentType, model, limits } = options;
  const type = mediaTypeOf(contentType);
  const { accepts = [] } = model.takes ?? {};
  const isForm = type === "multipart/form-data" && accepts.length > 0;
  if (!isForm && !accepts.some((accepted) => accepted === type)) {
    return accepts.length > 0
      ? wrongMediaType(model.takes)
      : failed("unsupported-media-type", "send content-type: application/json");
  }
  const data = await readBody(request, limits);
  if (!data.ok) return data;
  const file = isForm
    ? await fileOf(data.value, contentType)
    : success({ data: data.value, mediaType: type });
  const input = file.ok ? parseTaskData(model, file.value) : file;
  if (!input.ok) return input;
  const question = { kind: "inputs", inputs: [input.value] } as const;
  return success({ question, instances: false, sampling: {} });
}

function parseJsonBody(
  bytes: Outcome<Uint8Array>,
  model: LoadedModel,
  limits: InputLimits,
): Outcome<PredictBody> {
  const text = bytes.ok ? decodeUtf8(bytes.value) : bytes;
  const body = text.ok
    ? parseJson(text.value, limits.json_depth_limit, {
        exactIntegers: !takesDoublesAlone(model),
      })
    : text;
  return body.ok ? parsePredictBody({ body: body.value, model, limits }) : body;
}

function takesDoublesAlone({ takes, inputs }: LoadedModel): boolean {
  return takes === undefined && inputs.every(({ datatype }) => datatype.startsWith("FP"));
}

function mediaTypeOf(header: string): string {
  if (header === "application/json") return header;
  return (header.split(";")[0] ?? "").trim().toLowerCase();
}

async function fileOf(bytes: Uint8Array, contentType: string) {
  const wrong = failed("invalid-input", "expected multipart/form-data of exactly one file");
  const headers = { "content-type": contentType };
  const form = await new Response(bytes as Uint8Array<ArrayBuffer>, { headers })
    .formData()
    .catch(() => undefined);
  const [file, ...others] = form?.values() ?? [];
  if (typeof file !== "object" || others.length > 0) return wrong;
  const mediaType = mediaTypeOf(partType(bytes) ?? file.type) || "application/octet-stream";
  return success({ data: new Uint8Array(await file.arrayBuffer()), mediaType });
}

const PART_HEADERS_LIMIT = 8_192;

/** What the part itself says: Bun 1.4.5 goes by the file's name where that comes first, and a browser's blob has none. */
function partType(bytes: Uint8Array): string | undefined {
  const start = new TextDecoder("latin1").decode(bytes.subarray(0, PART_HEADERS_LIMIT));
  const [, headers] = /(?:^|\r\n)--[^\r\n]+\r\n(.*?)\r\n\r\n/s.exec(start) ?? [];
  return headers && /^content-type:([^\r\n]+)/im.exec(headers)?.[1];
}
