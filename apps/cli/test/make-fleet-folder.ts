import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { identityModel } from "@flotilla/testkit/onnx-builder";

export interface FleetFolder extends Disposable {
  readonly folder: string;
  readonly models: string;
  write(path: string, content: string | Uint8Array): void;
  remove(path: string): void;
}

/** Where a fleet of its own can run: a model that answers with its input, and room for `flotilla.yaml` and `nginx/`. */
export function makeFleetFolder(): FleetFolder {
  const folder = mkdtempSync(join(tmpdir(), "flotilla-test-"));
  const models = join(folder, "models");
  mkdirSync(join(models, "echo"), { recursive: true });
  const model = identityModel({ type: "FP32", shape: ["batch", 2] });
  writeFileSync(join(models, "echo", "model.onnx"), model);
  return {
    folder,
    models,
    write(path, content) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    },
    remove: (path) => rmSync(join(folder, path), { recursive: true, force: true }),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}
