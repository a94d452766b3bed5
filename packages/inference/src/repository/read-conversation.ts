import type { YamlFile } from "@flotilla/common/checked-yaml";
import type { ConversationSource, StatePair } from "../model-source.ts";
import type { Manifest } from "./manifest-schema.ts";

export function readState({ value, place }: YamlFile<Manifest>): readonly StatePair[] | undefined {
  return value.state?.map(({ input, output, initial = 0 }, index) => {
    const at = (key: string) => place("state", `${index}`, key);
    return {
      input,
      output,
      initial,
      at: { input: at("input"), output: at("output"), initial: at("initial") },
    };
  });
}

export function readConversation({
  value,
  place,
}: YamlFile<Manifest>): ConversationSource | undefined {
  if (value.conversation === undefined) return undefined;
  const { prompt, max_tokens: maxTokens = 64, temperature = 0 } = value.conversation;
  const at = (key: string) => place("conversation", "prompt", key);
  return {
    before: prompt.before ?? "",
    after: prompt.after,
    end: prompt.end,
    readEnd: prompt.read_end ?? true,
    maxTokens,
    temperature,
    at: { before: at("before"), after: at("after"), end: at("end") },
  };
}
