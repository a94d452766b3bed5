import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Root } from "protobufjs";
import { FileDescriptorSet } from "protobufjs/ext/descriptor";

const PROTO_FOLDER = import.meta.dir;

/** How the definitions are loaded: `services.ts` has the same, so that the types tell the truth. */
const TYPE_OPTIONS = ["--keepCase", "--longs=String", "--enums=String", "--defaults", "--oneofs"];

/**
 * Makes from the `.proto` files what is committed under `generated/`: `descriptors.binpb`, with the comments, which
 * reflection shows; `definitions.json`, the same for protobufjs; and `types/`, what the messages are in TypeScript. Equal files give equal bytes.
 */
export async function generateProto(targetFolder: string): Promise<void> {
  const types = join(targetFolder, "types");
  await rm(targetFolder, { recursive: true, force: true });
  await mkdir(types, { recursive: true });
  const descriptors = join(targetFolder, "descriptors.binpb");
  await run("@bufbuild/buf/bin/buf", [
    "build",
    "--as-file-descriptor-set",
    `--output=${descriptors}`,
  ]);
  const set = FileDescriptorSet.decode(await Bun.file(descriptors).bytes());
  const definitions = (Root as unknown as FromDescriptor).fromDescriptor(set).toJSON();
  await Bun.write(join(targetFolder, "definitions.json"), `${JSON.stringify(definitions)}\n`);
  const files = [...new Bun.Glob("{flotilla,grpc}/**/*.proto").scanSync(PROTO_FOLDER)];
  await run("@grpc/proto-loader/build/bin/proto-loader-gen-types.js", [
    ...TYPE_OPTIONS,
    "--grpcLib=@grpc/grpc-js",
    "--importFileExtension=.ts",
    `--outDir=${types}`,
    "--includeDirs=.",
    "--",
    ...files.toSorted(),
  ]);
  await mendTypes(types);
}

/** `buf lint`; resolves to what it has to say, which is nothing where all is well. */
export async function lintProto(): Promise<string> {
  return await run("@bufbuild/buf/bin/buf", ["lint"], [0, 100]);
}

/** What protobufjs's own types leave out. */
interface FromDescriptor {
  fromDescriptor(set: ReturnType<typeof FileDescriptorSet.decode>): Root;
}

async function mendTypes(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile()) continue;
    // A file for `loadPackageDefinition`, named after the .proto file: nobody needs it, and two .proto files share a name.
    if (entry.parentPath === folder) await rm(path);
    else await Bun.write(path, asLoaded(mapsAsEntries(await Bun.file(path).text())));
  }
}

/** Loaded from a descriptor set, a map is the list of entries that it is on the wire; protobufjs 7 knows no better. */
function mapsAsEntries(source: string): string {
  return source.replaceAll(
    /\(\{\[key: string\]: (.+)\}\)/g,
    "({ key: string; value: $1 | null })[]",
  );
}

/** The generator has JSON's messages (Struct, Value) from protobufjs and not from their .proto file: with other names. */
function asLoaded(source: string): string {
  return source.replaceAll(/["'](null|number|string|bool|struct|list)Value["']/g, (name) =>
    name.replace("Value", "_value"),
  );
}

async function run(
  script: string,
  args: readonly string[],
  goodExits: readonly number[] = [0],
): Promise<string> {
  const command = [process.execPath, Bun.resolveSync(script, PROTO_FOLDER), ...args];
  const child = Bun.spawn(command, { cwd: PROTO_FOLDER, stdout: "pipe", stderr: "pipe" });
  const [output, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if (goodExits.includes(await child.exited)) return output;
  throw new Error(`${script} ${args[0]} failed:\n${errors}${output}`);
}
