import { failed, type Outcome, success } from "@flotilla/common/failure";
import type { Struct__Output } from "@flotilla/proto/generated/google/protobuf/Struct";
import type { Value, Value__Output } from "@flotilla/proto/generated/google/protobuf/Value";

/** A Struct as the JSON that it stands for; how deep it is protobufjs has seen to. */
export function parseStruct(struct: Struct__Output): Outcome<Readonly<Record<string, unknown>>> {
  try {
    return success(objectOf(struct));
  } catch (error) {
    if (error instanceof NoJson) return failed("invalid-input", error.message);
    throw error;
  }
}

class NoJson extends Error {}

function objectOf({ fields }: Struct__Output): Readonly<Record<string, unknown>> {
  return Object.fromEntries(fields.map(({ key, value }) => [key, jsonOf(value)]));
}

function jsonOf(value: Value__Output | null): unknown {
  switch (value?.kind) {
    case "null_value":
      return null;
    case "number_value":
      if (Number.isFinite(value.number_value)) return value.number_value;
      throw new NoJson("json: expected numbers that JSON has, got NaN or an infinity");
    case "string_value":
      return value.string_value;
    case "bool_value":
      return value.bool_value;
    case "struct_value":
      return objectOf(value.struct_value ?? { fields: [] });
    case "list_value":
      return (value.list_value?.values ?? []).map(jsonOf);
    case undefined:
      throw new NoJson("json: expected each value to be of some kind, got one of none");
  }
}

/** JSON as a Value, whose numbers are doubles; half of a surrogate pair, which is no UTF-8, becomes U+FFFD. */
export function renderValue(json: unknown): Value {
  switch (typeof json) {
    case "number":
      return { number_value: json };
    case "string":
      return { string_value: json.toWellFormed() };
    case "boolean":
      return { bool_value: json };
    default: {
      if (json === null || typeof json !== "object") return { null_value: "NULL_VALUE" };
      if (Array.isArray(json)) return { list_value: { values: json.map(renderValue) } };
      const fields = Object.entries(json).map(([key, one]) => ({
        key: key.toWellFormed(),
        value: renderValue(one),
      }));
      return { struct_value: { fields } };
    }
  }
}
