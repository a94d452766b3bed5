import type { Stack, Workload } from "../stacks/stack.ts";
import { type StackName, startStack } from "../stacks/stacks.ts";

export interface StackKey {
  readonly name: StackName;
  readonly workload: Workload;
}

/** Stacks that are kept running as long as somebody will need them. */
export interface StackPool extends AsyncDisposable {
  get(key: StackKey): Promise<Stack>;
  /** Stops all others. */
  keep(keys: readonly StackKey[]): Promise<void>;
}

export function createStackPool(): StackPool {
  // Also those that are still starting, so that whoever is told to stop leaves none behind.
  const stacks = new Map<string, Promise<Stack>>();
  let closing: Promise<void> | undefined;
  const idOf = ({ name, workload }: StackKey) => `${name} ${workload}`;
  const keep = async (keys: readonly StackKey[]) => {
    const wanted = new Set(keys.map(idOf));
    for (const [id, stack] of stacks) {
      if (wanted.has(id)) continue;
      stacks.delete(id);
      // One that could not start has nothing to stop.
      await stack.then(
        (started) => started[Symbol.asyncDispose](),
        () => {},
      );
    }
  };
  return {
    async get(key) {
      if (closing !== undefined) throw new Error("stopped");
      const stack = stacks.get(idOf(key)) ?? startStack(key.name, key.workload);
      stacks.set(idOf(key), stack);
      return await stack;
    },
    keep,
    // Whoever asks twice waits for the same end.
    [Symbol.asyncDispose]: () => (closing ??= keep([])),
  };
}
