import type { ConversationSummary } from "@flotilla/conversations/session-store";

/** What both transports tell of a conversation. */
export function describeSession(summary: ConversationSummary) {
  const { id, turns, createdAt, lastUsedAt, stateBytes, serverId } = summary;
  return {
    session_id: id.session,
    model: id.model,
    turns,
    created_at: new Date(createdAt).toISOString(),
    last_used_at: new Date(lastUsedAt).toISOString(),
    state_bytes: stateBytes,
    server_id: serverId,
  };
}
