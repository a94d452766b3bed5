import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { firstColumnsModel } from "@flotilla/testkit/onnx-builder";
import { type Fleet, startFleet } from "@flotilla/testkit/start-fleet";
import { getTestNginx, type TESTED_SUITES } from "@flotilla/testkit/start-nginx";
import { writeModels } from "@flotilla/testkit/write-models";

export type Suite = (typeof TESTED_SUITES)[number];

export interface ChaosFleet extends Fleet {
  /** Its `flotilla.yaml`. */
  readonly configFile: string;
  readonly nginxVersion: string;
}

/**
 * A fleet with a model whose answer shows which question it answers. Answers are small: one that has begun when its
 * replica is killed cannot be repeated by anybody, and that is not what this is about.
 */
export async function startChaosFleet(suite: Suite): Promise<ChaosFleet> {
  const nginx = await getTestNginx(suite);
  const folder = mkdtempSync(join(tmpdir(), "flotilla-chaos-"));
  const configFile = join(folder, "flotilla.yaml");
  writeFileSync(configFile, "");
  const models = await writeModels({ files: { "echo/model.onnx": firstColumnsModel() } });
  const removeFolders = async () => {
    rmSync(folder, { recursive: true });
    await models[Symbol.asyncDispose]();
  };
  try {
    const settings = { models: models.folder, nginx: nginx.path };
    const fleet = await startFleet({ settings, folder });
    const stop = async () => {
      try {
        return await fleet.stop();
      } finally {
        await removeFolders();
      }
    };
    return {
      ...fleet,
      configFile,
      nginxVersion: nginx.version,
      stop,
      [Symbol.asyncDispose]: async () => void (await stop()),
    };
  } catch (error) {
    await removeFolders();
    throw error;
  }
}
