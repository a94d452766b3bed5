import { slowModel } from "@flotilla/testkit/onnx-builder";
import { type Fleet, startFleet } from "@flotilla/testkit/start-fleet";
import { getTestNginx } from "@flotilla/testkit/start-nginx";
import { writeModels } from "@flotilla/testkit/write-models";

/**
 * A fleet whose model runs one question at a time, so that inference is what there is too little of. `rounds` is what a
 * question asks for, each about a quarter of a millisecond. All limits have their defaults.
 */
export async function startOverloadFleet({ rounds }: { readonly rounds: number }): Promise<Fleet> {
  const nginx = (await getTestNginx("trixie")).path;
  const models = await writeModels({
    files: {
      "slow/model.onnx": slowModel(),
      // A batch costs what its longest question does: shared, it would never be too slow.
      "slow/model.yaml": `batching: { max_batch: 1 }\nwarm_up: { inputs: { rounds: [${rounds}] } }\n`,
    },
  });
  const removeModels = () => models[Symbol.asyncDispose]();
  try {
    const fleet = await startFleet({ settings: { models: models.folder, nginx } });
    const stop = () => fleet.stop().finally(removeModels);
    return { ...fleet, stop, [Symbol.asyncDispose]: async () => void (await stop()) };
  } catch (error) {
    await removeModels();
    throw error;
  }
}
