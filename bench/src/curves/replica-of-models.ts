import { SENTIMENT } from "@flotilla/testkit/shared-models";
import { writeModels } from "@flotilla/testkit/write-models";
import { type Replica, startReplica } from "../stacks/start-replica.ts";

/** One replica that serves the sentiment model under so many names. */
export async function replicaOfModels(count: number): Promise<Replica> {
  await using started = new AsyncDisposableStack();
  const names = Array.from({ length: count }, (_, at) => `sentiment-${at + 1}`);
  const links = Object.fromEntries(names.map((name) => [name, SENTIMENT]));
  const { folder } = started.use(await writeModels({ links }));
  const replica = started.use(await startReplica(folder));
  const running = started.move();
  return { ...replica, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
