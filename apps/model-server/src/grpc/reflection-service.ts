import { type DescribedFile, describedFiles } from "@flotilla/proto/described-files";
import type { ServerReflectionHandlers } from "@flotilla/proto/generated/grpc/reflection/v1/ServerReflection";
import type { ServerReflectionRequest__Output } from "@flotilla/proto/generated/grpc/reflection/v1/ServerReflectionRequest";
import type { ServerReflectionResponse } from "@flotilla/proto/generated/grpc/reflection/v1/ServerReflectionResponse";
import { status } from "@grpc/grpc-js";
import type { OpenStreams } from "./open-streams.ts";

/**
 * Server reflection, v1 and v1alpha alike, from the descriptor set's own bytes: @grpc/reflection 1.0.4 encodes them
 * anew, and grpcurl then fails on every message with a map.
 */
export function reflectionService(options: {
  readonly served: readonly string[];
  readonly streams: OpenStreams;
}): ServerReflectionHandlers {
  return {
    ServerReflectionInfo(call) {
      options.streams.add(call);
      call.on("data", (request: ServerReflectionRequest__Output) => {
        const { host: valid_host } = request;
        const answered = answer(request, options.served);
        const response = { ...answered, valid_host, original_request: request };
        if (call.write(response)) return;
        call.pause();
        call.once("drain", () => call.resume());
      });
      call.on("end", () => call.end());
    },
  };
}

function answer(
  request: ServerReflectionRequest__Output,
  served: readonly string[],
): ServerReflectionResponse {
  switch (request.message_request) {
    case "list_services":
      return { list_services_response: { service: served.map((name) => ({ name })) } };
    case "file_by_filename":
      return files(describedFiles().find(({ name }) => name === request.file_by_filename));
    case "file_containing_symbol": {
      const symbol = request.file_containing_symbol ?? "";
      return files(describedFiles().find(({ symbols }) => symbols.has(symbol)));
    }
    case "file_containing_extension":
    case "all_extension_numbers_of_type":
      return error(status.NOT_FOUND, "there are no extensions");
    default:
      return error(status.INVALID_ARGUMENT, "a request without a question");
  }
}

function files(file: DescribedFile | undefined): ServerReflectionResponse {
  if (file === undefined) return error(status.NOT_FOUND, "no file declares this");
  const wanted = new Set([file]);
  // A set hands out what is added to it meanwhile: imports of imports, too.
  for (const { imports } of wanted) {
    for (const other of describedFiles()) if (imports.includes(other.name)) wanted.add(other);
  }
  const file_descriptor_proto = [...wanted].map(({ bytes }) => bytes);
  return { file_descriptor_response: { file_descriptor_proto } };
}

function error(error_code: number, error_message: string): ServerReflectionResponse {
  return { error_response: { error_code, error_message } };
}
