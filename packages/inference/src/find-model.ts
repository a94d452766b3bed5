import { type Checked, refused } from "@flotilla/common/checked";
import { failed, type Outcome, success } from "@flotilla/common/failure";
import type { LoadedModel } from "./loaded-model.ts";

/** What a request without a model's name means: the configured model, else the only one, else `sentiment`. */
export function resolveDefaultModel(
  sources: readonly { readonly name: string }[],
  configured: string,
): Checked<string | undefined> {
  const names = [...new Set(sources.map(({ name }) => name))];
  if (configured !== "" && !names.includes(configured)) {
    return refused(
      `default_model (FLOTILLA_DEFAULT_MODEL) is ${configured}, and there is no such model; there are: ${names.join(", ")}`,
    );
  }
  if (configured !== "") return { ok: true, value: configured };
  if (names.length === 1) return { ok: true, value: names[0] };
  return { ok: true, value: names.find((name) => name === "sentiment") };
}

/** An empty name is the default model, an empty version the highest; a version is digits. */
export function findModel(options: {
  readonly models: readonly LoadedModel[];
  readonly defaultModel: string | undefined;
  readonly name: string;
  readonly version: string;
}): Outcome<LoadedModel> {
  const { models, defaultModel, version } = options;
  const name = options.name === "" ? defaultModel : options.name;
  if (name === undefined) {
    const known = [...new Set(models.map((model) => model.name))].join(", ");
    return failed("model-not-found", `there is no default model; name one of: ${known}`);
  }
  const versions = models.filter((model) => model.name === name);
  if (versions.length === 0) {
    return failed("model-not-found", "there is no model of this name; GET /models lists them");
  }
  const found =
    version === "" ? versions.at(-1) : versions.find((model) => String(model.version) === version);
  return found === undefined
    ? failed(
        "model-not-found",
        `the model has no such version; it has: ${versions.map((model) => model.version).join(", ")}`,
      )
    : success(found);
}
