import type { SessionStore, TurnWrite, WriteResult } from "../src/session-store.ts";

/**
 * A store with a defect, to show that whoever checks conversations notices: every so many writes, one is called
 * written and is not (`loses`), or is written as two turns (`doubles`).
 */
export function faultyStore(
  store: SessionStore,
  { fault, every }: { readonly fault: "loses" | "doubles"; readonly every: number },
): SessionStore {
  let writes = 0;
  const applied: Record<typeof fault, (write: TurnWrite) => readonly TurnWrite[]> = {
    loses: () => [],
    doubles,
  };
  return {
    ...store,
    async commit(batch) {
      const groups = batch.map((write) =>
        ++writes % every === 0 ? applied[fault](write) : [write],
      );
      const committed = await store.commit(groups.flat());
      if (!committed.ok) return committed;
      const results = [...committed.value];
      const last = groups.map(
        (group): WriteResult => results.splice(0, group.length).at(-1) ?? { status: "written" },
      );
      return { ok: true, value: last };
    },
  };
}

function doubles(write: TurnWrite): readonly TurnWrite[] {
  const between = crypto.randomUUID();
  const { turn } = write;
  return [
    { ...write, newVersion: between },
    { ...write, expectedVersion: between, turn: { ...turn, n: turn.n + 1, key: between } },
  ];
}
