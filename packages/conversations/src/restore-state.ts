import { failed, type Outcome, success } from "@flotilla/common/failure";
import type { Conversation } from "./session-store.ts";
import type { Turn, TurnModel } from "./turn.ts";

/** A conversation's state, from its snapshot in the store and the turns after it, which run again. */
export async function restoreState<Input, State, Answer>(
  model: TurnModel<Input, State, Answer>,
  { snapshot, replay }: Pick<Conversation, "snapshot" | "replay">,
  turn: Pick<Turn<Input>, "id" | "deadlineMs" | "signal">,
): Promise<Outcome<State>> {
  let state = snapshot && model.state.decode(snapshot.state);
  if (snapshot !== undefined && state === undefined) return damaged();
  for (const past of replay) {
    const input = model.input.decode(past.input);
    if (input === undefined) return damaged();
    const ran = await model.run({ ...turn, input, state });
    if (!ran.ok) return ran;
    state = ran.value.state;
  }
  return state === undefined ? damaged() : success(state);
}

export function damaged() {
  const what = "what the session store holds of this conversation cannot be read";
  return failed("internal", `${what}; mend: end it, and begin another`);
}
