import { failed, type Outcome, success } from "@flotilla/common/failure";
import type { ConversationId } from "@flotilla/conversations/session-store";
import type { ReplicaConversations } from "./open-conversations.ts";
import type { Replica } from "./replica.ts";

/** The conversation that a request about one names; an empty model is the default one. */
export function findConversation(
  { engine, conversations }: Replica,
  asked: { readonly model: string; readonly session: string },
): Outcome<{ readonly conversations: ReplicaConversations; readonly id: ConversationId }> {
  const found = engine.find(asked.model, "");
  if (!found.ok) return found;
  if (found.value.state.length === 0 || conversations === undefined) {
    return failed("session-not-found", "this model has no state, and so no conversations");
  }
  return success({ conversations, id: { model: found.value.name, session: asked.session } });
}
