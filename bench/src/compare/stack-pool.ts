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
  const stacks = new Map<string, Stack>();
  const idOf = ({ name, workload }: StackKey) => `${name} ${workload}`;
  const keep = async (keys: readonly StackKey[]) => {
    const wanted = new Set(keys.map(idOf));
    for (const [id, stack] of stacks) {
      if (wanted.has(id)) continue;
      stacks.delete(id);
      await stack[Symbol.asyncDispose]();
    }
  };
  return {
    async get(key) {
      const running = stacks.get(idOf(key));
      if (running !== undefined) return running;
      const stack = await startStack(key.name, key.workload);
      stacks.set(idOf(key), stack);
      return stack;
    },
    keep,
    [Symbol.asyncDispose]: () => keep([]),
  };
}
