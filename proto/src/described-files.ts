import { Reader } from "protobufjs";
import { FileDescriptorProto, type IFileDescriptorProto } from "protobufjs/ext/descriptor";
import { descriptorSet } from "./descriptor-set.ts";

/** One .proto file, as reflection serves it. */
export interface DescribedFile {
  readonly name: string;
  readonly imports: readonly string[];
  /** The full names of everything that it declares. */
  readonly symbols: ReadonlySet<string>;
  /** Its FileDescriptorProto as buf wrote it: encoded again by protobufjs, grpcurl refuses messages with maps. */
  readonly bytes: Uint8Array;
}

/** What messages, fields, services, methods, enums and their values have in common. */
type Declaration = { readonly name?: string } & {
  readonly [Member in (typeof MEMBERS)[number]]?: readonly Declaration[];
};

const MEMBERS = [
  "messageType",
  "enumType",
  "service",
  "nestedType",
  "field",
  "oneofDecl",
  "method",
] as const;

let files: readonly DescribedFile[] | undefined;

/** Read when somebody asks for the first time. */
export function describedFiles(): readonly DescribedFile[] {
  files ??= splitFiles(descriptorSet).map(describe);
  return files;
}

/** A FileDescriptorSet is nothing but its files, as field 1. */
function splitFiles(set: Uint8Array): readonly Uint8Array[] {
  const reader = Reader.create(set);
  const files: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    reader.uint32();
    files.push(reader.bytes());
  }
  return files;
}

function describe(bytes: Uint8Array): DescribedFile {
  const file: IFileDescriptorProto = FileDescriptorProto.decode(bytes).toJSON();
  return {
    name: file.name ?? "",
    imports: file.dependency ?? [],
    symbols: new Set(membersOf(file as Declaration, file.package ?? "")),
    bytes,
  };
}

function membersOf(parent: Declaration, scope: string): readonly string[] {
  return MEMBERS.flatMap((member) => parent[member] ?? []).flatMap((declaration) => {
    const name = `${scope}.${declaration.name}`;
    return [name, ...membersOf(declaration, name), ...valuesOf(declaration, scope)];
  });
}

/** An enum's values stand beside it, not in it: protobuf has C++'s scopes. */
function valuesOf(declaration: Declaration, scope: string): readonly string[] {
  const values = "value" in declaration ? (declaration.value as readonly Declaration[]) : [];
  return values.map(({ name }) => `${scope}.${name}`);
}
