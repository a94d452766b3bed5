import { KEPT_TURNS } from "./session-store.ts";

/**
 * The operations as scripts, each run as a whole by the server, in one round trip.
 *
 * `{flotilla}:c:MODEL\0SESSION` is a conversation: a hash of what it is, its snapshot, and a ring of its last turns,
 * whose fields end with the slot (n modulo 64); `turn:KEY` has the number of the turn with that key. Two sorted sets
 * hold all conversations by name (`ids`) and by their last use (`used`); `bytes` counts what they take. The braces
 * keep all keys together where a cluster spreads them.
 */
const COMMON = `
local P = '{flotilla}:'
local IDS, USED, BYTES = P .. 'ids', P .. 'used', P .. 'bytes'
local KEPT = ${KEPT_TURNS}

local function hash(member) return P .. 'c:' .. member end

local function summary(member)
  local h = hash(member)
  local found = redis.call('HMGET', h, 'turns', 'createdAt', 'lastUsedAt', 'serverId')
  if not found[1] then return false end
  return { member, found[1], found[2], found[3], found[4], redis.call('HSTRLEN', h, 'state') }
end

local function turnWith(h, key)
  local n = redis.call('HGET', h, 'turn:' .. key)
  if not n then return false end
  local turn = redis.call('HMGET', h, 'bodyHash:' .. n % KEPT, 'answer:' .. n % KEPT)
  return { n, turn[1], turn[2] }
end

local function drop(member)
  local bytes = redis.call('HGET', hash(member), 'bytes')
  redis.call('ZREM', IDS, member)
  redis.call('ZREM', USED, member)
  if bytes then redis.call('DECRBY', BYTES, bytes) end
  return redis.call('UNLINK', hash(member))
end
`;

const LOAD = `
local h = hash(ARGV[1])
local found = summary(ARGV[1])
if not found then return false end
local more = redis.call('HMGET', h, 'version', 'snapshotTurn', 'state')
local replay = {}
for n = more[2] + 1, found[2] do
  local turn = redis.call('HMGET', h, 'input:' .. n % KEPT, 'answer:' .. n % KEPT)
  replay[#replay + 1] = { n, turn[1], turn[2] }
end
return { found, more[1], more[2], more[3], replay }
`;

/** What a conversation and a turn take besides their texts, roughly. */
const CONVERSATION_BYTES = 600;
const TURN_BYTES = 200;

const COMMIT = `
local conversationsLimit, bytesLimit = tonumber(ARGV[1]), tonumber(ARGV[2])

local function length(h, field) return redis.call('HSTRLEN', h, field) end

-- What the conversation takes more, once this turn is in it.
local function growth(h, isNew, n, snapshotTurn, slot, input, answer, snapshot)
  local more = #input + #answer
  if isNew then more = more + ${CONVERSATION_BYTES} end
  if n <= KEPT then more = more + ${TURN_BYTES} end
  more = more - length(h, 'input:' .. slot) - length(h, 'answer:' .. slot)
  if snapshot then
    more = more + #snapshot - length(h, 'state')
    for past = math.max(snapshotTurn, n - KEPT) + 1, n - 1 do
      more = more - length(h, 'input:' .. past % KEPT)
    end
  end
  return more
end

local function write(at)
  local member, expected, version, n, key = ARGV[at], ARGV[at + 1], ARGV[at + 2], tonumber(ARGV[at + 3]), ARGV[at + 4]
  local bodyHash, input, answer, usedAt, serverId = ARGV[at + 5], ARGV[at + 6], ARGV[at + 7], ARGV[at + 8], ARGV[at + 9]
  local snapshot = ARGV[at + 10] == '1' and ARGV[at + 11]
  local h = hash(member)
  local applied = turnWith(h, key)
  if applied then return { 'applied', applied } end

  local before = redis.call('HMGET', h, 'version', 'turns', 'snapshotTurn', 'bytes')
  local isNew = not before[1]
  if (before[1] or '') ~= expected or n ~= (before[2] or 0) + 1 then return { 'conflict' } end
  local snapshotTurn = tonumber(before[3] or 0)
  if not snapshot and n - snapshotTurn > KEPT then return { 'unreplayable' } end
  if isNew and redis.call('ZCARD', IDS) >= conversationsLimit then return { 'tooMany' } end
  local slot = n % KEPT
  if snapshot then input = '' end
  local more = growth(h, isNew, n, snapshotTurn, slot, input, answer, snapshot)
  local room = isNew and bytesLimit * 0.9 or bytesLimit
  if tonumber(redis.call('GET', BYTES) or 0) + more > room then return { 'noRoom' } end

  local leaving = redis.call('HGET', h, 'key:' .. slot)
  redis.call('HSET', h, 'version', version, 'turns', n, 'lastUsedAt', usedAt, 'serverId', serverId,
    'turn:' .. key, n, 'key:' .. slot, key, 'bodyHash:' .. slot, bodyHash, 'answer:' .. slot, answer,
    'input:' .. slot, input)
  if leaving then redis.call('HDEL', h, 'turn:' .. leaving) end
  if isNew then redis.call('HSET', h, 'createdAt', usedAt, 'snapshotTurn', 0) end
  if snapshot then
    redis.call('HSET', h, 'state', snapshot, 'snapshotTurn', n)
    -- Nobody replays what the snapshot has.
    for past = math.max(snapshotTurn, n - KEPT) + 1, n - 1 do
      redis.call('HDEL', h, 'input:' .. past % KEPT)
    end
  end
  redis.call('HINCRBY', h, 'bytes', more)
  redis.call('INCRBY', BYTES, more)
  redis.call('ZADD', IDS, 0, member)
  redis.call('ZADD', USED, usedAt, member)
  return { 'written' }
end

local results = {}
for at = 3, #ARGV, 12 do results[#results + 1] = write(at) end
return results
`;

const LIST = `
local found = {}
for _, member in ipairs(redis.call('ZRANGEBYLEX', IDS, ARGV[1], ARGV[2], 'LIMIT', 0, ARGV[3])) do
  found[#found + 1] = summary(member) or nil
end
return found
`;

const EXPIRE = `
local idle = redis.call('ZRANGEBYSCORE', USED, '-inf', '(' .. ARGV[1], 'LIMIT', 0, ARGV[2])
for _, member in ipairs(idle) do drop(member) end
return #idle
`;

/** Whether what is there is ours, and can be written. */
const CHECK = `
local format = redis.call('GET', P .. 'format') or ARGV[1]
redis.call('SET', P .. 'format', format)
return format
`;

export const REDIS_SCRIPTS = {
  load: COMMON + LOAD,
  commit: COMMON + COMMIT,
  findTurn: `${COMMON}return turnWith(hash(ARGV[1]), ARGV[2])`,
  describe: `${COMMON}return summary(ARGV[1])`,
  list: COMMON + LIST,
  end: `${COMMON}return drop(ARGV[1])`,
  expire: COMMON + EXPIRE,
  check: COMMON + CHECK,
} as const;

export type RedisScript = keyof typeof REDIS_SCRIPTS;
