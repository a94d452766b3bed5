import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

const REPOSITORY = resolve(import.meta.dir, "../../..");
const MODELS = resolve(REPOSITORY, Bun.env["FLOTILLA_TEST_MODELS"] ?? "../shared/models");

/** The models that are committed with the project. */
export const SENTIMENT = join(REPOSITORY, "models/sentiment");
export const CHAT = join(REPOSITORY, "models/chat");

/** Too large to be committed: tests of it are skipped where it is not. */
export const MINILM = join(MODELS, "minilm");
export const lacksMinilm = !existsSync(join(MINILM, "expected.json"));
export const WITH_MINILM = lacksMinilm
  ? "MiniLM (skipped: not in FLOTILLA_TEST_MODELS, nor in ../shared/models)"
  : "MiniLM";

export interface ExpectedEmbedding {
  readonly text: string;
  readonly tokens: number;
  readonly first_token_ids: readonly number[];
  readonly embedding: readonly number[];
}

export async function expectedOfMinilm(): Promise<readonly ExpectedEmbedding[]> {
  return await Bun.file(join(MINILM, "expected.json")).json();
}
