-- What the scripts of the queue share (docs/queue.md). In front of each stands what it uses of this: the parts between
-- blank lines are put there as wholes (tools/embed-scripts). KEYS[1] is the lane, as in "lgs:{L07}": every other name is
-- made of it, so all that a script touches is in one slot.
local lane = KEYS[1]

local function message(id) return lane .. ':m:' .. id end

local function ready(class) return lane .. ':q:' .. class end

local function open_of(class) return lane .. ':a:' .. class end

local delayed, leases = lane .. ':d', lane .. ':l'

local dead = lane .. ':x'

local counters = lane .. ':n'

local relays = lane .. ':r'

-- Redis' own clock: one for all gateways and relays, whatever their machines' clocks say.
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function tell_relays()
  redis.call('PUBLISH', 'lgs:ready', lane)
end

-- Whoever waits for the outcome (Prefer: wait) named a channel when the message was accepted.
local function tell_waiting(id)
  local channel = redis.call('HGET', message(id), 'notify')
  if channel and channel ~= '' then
    redis.call('PUBLISH', channel, id)
  end
end

-- Goes into the list of its class. Who has to be told: nobody when others lie there, relays know of those.
local function make_ready(id, class, in_front)
  return redis.call(in_front and 'LPUSH' or 'RPUSH', ready(class), id) == 1
end

local classes = {'critical', 'standard', 'bulk'}

-- The class that a message says it has; of one that has lost it, the class under which it is counted as open.
local function class_of(id, class)
  if class == 'standard' or class == 'critical' or class == 'bulk' then
    return class
  end
  for _, is in ipairs(classes) do
    if redis.call('ZSCORE', open_of(is), id) then
      return is
    end
  end
  return 'standard'
end

local function make_ready_by_id(id, in_front)
  return make_ready(id, class_of(id, redis.call('HGET', message(id), 'class')), in_front)
end

local function line_of(key) return lane .. ':o:' .. key end

-- Stands in line for each of its keys; how many lines somebody else is the first of.
local function stand_in_line(id, keys)
  local ahead = 0
  for key in string.gmatch(keys, '%S+') do
    if redis.call('RPUSH', line_of(key), id) > 1 then
      ahead = ahead + 1
    end
  end
  return ahead
end

-- Somebody who stood before it in one of its lines has left. What is damaged or gone is left to `mend`: nothing is made of
-- nothing. True when relays have to be told.
local function step_up(id)
  local ahead = redis.pcall('HINCRBY', message(id), 'ahead', -1)
  if ahead == 0 then
    local is = redis.call('HMGET', message(id), 'state', 'class')
    return is[1] == 'accepted' and make_ready(id, class_of(id, is[2]))
  end
  if type(ahead) == 'number' and ahead < 0 then
    redis.call('HDEL', message(id), 'ahead') -- there was none
  end
  return false
end

-- Leaves its lines; who is the first of all of its own lines now may go. True when relays have to be told.
local function leave_line(id, keys)
  local woken = false
  for key in string.gmatch(keys or '', '%S+') do
    local line = line_of(key)
    local first = redis.call('LPOP', line)
    if first and first ~= id then -- it was not the first: nobody waits for it
      redis.call('LPUSH', line, first)
      redis.call('LREM', line, 1, id)
    else
      local next_one = first and redis.call('LINDEX', line, 0)
      if next_one then
        woken = step_up(next_one) or woken
      end
    end
  end
  return woken
end

-- Counters are added up here and written together: one look and one write for all of a script.
local sums = {}
local function count(name, by)
  sums[name] = (sums[name] or 0) + by
end

local function write_counts()
  local names, empty = {}, {}
  for name in pairs(sums) do
    names[#names + 1] = name
  end
  local values = redis.call('HMGET', counters, unpack(names))
  local pairs_of = {}
  for i, name in ipairs(names) do
    local sum = tonumber(values[i] or 0) + sums[name]
    if sum == 0 and string.sub(name, 1, 8) == 'partner:' then
      empty[#empty + 1] = name
    else
      pairs_of[#pairs_of + 1] = name
      pairs_of[#pairs_of + 1] = string.format('%d', sum)
    end
  end
  redis.call('HSET', counters, unpack(pairs_of))
  if #empty > 0 then
    redis.call('HDEL', counters, unpack(empty))
  end
end

-- How many attempts it took a message to be delivered or given up.
local function count_tries(class, attempts)
  local bound = '+Inf'
  attempts = tonumber(attempts)
  if not attempts then
    return
  end
  for _, most in ipairs({'1', '2', '3', '5', '8', '13'}) do
    if attempts <= tonumber(most) then
      bound = most
      break
    end
  end
  count('tries:' .. class .. ':' .. bound, 1)
  count('tries_sum:' .. class, attempts)
end

local function count_open(partner, bytes, by)
  count('open', by)
  count('bytes', by * (tonumber(bytes) or 0))
  if partner then
    count('partner:' .. partner, by)
  end
end

-- Does this lease still hold? Who lost it must not decide about the message.
local function is_leased(id, token)
  local is = redis.call('HMGET', message(id), 'state', 'token')
  return is[1] == 'delivering' and is[2] == token
end

local function end_lease(id)
  redis.call('ZREM', leases, id)
  redis.call('HDEL', message(id), 'token')
end

-- The attempt does not count. What is no number stays what it is: the next claim tells of it.
local function take_attempt_back(id)
  local attempts = tonumber(redis.call('HGET', message(id), 'attempts'))
  if attempts then
    redis.call('HSET', message(id), 'attempts', string.format('%d', attempts - 1))
  end
end

-- The attempt decided some records: those that are left ('' for all), the outcome of the others ('' for none).
local function keep_rest(name, body, outcome)
  if body ~= '' then
    redis.call('HSET', name, 'body', body)
  end
  if outcome ~= '' then
    redis.call('HSET', name, 'outcome', outcome)
  end
end

-- The message is given up: out of its lines and of what is counted as open.
local function close(id)
  local is = redis.call('HMGET', message(id), 'class', 'bytes', 'partner', 'keys', 'attempts')
  local class = class_of(id, is[1])
  redis.call('ZREM', open_of(class), id)
  redis.call('HSET', message(id), 'closed', now())
  count_open(is[3], is[2], -1)
  count_tries(class, is[5])
  if is[3] then
    count('given_up:' .. is[3], 1)
  end
  write_counts()
  if leave_line(id, is[4]) then
    tell_relays()
  end
end

-- At the end of its lines once more: replayed, or no longer parked.
local function enter(id)
  local ahead = stand_in_line(id, redis.call('HGET', message(id), 'keys') or '')
  redis.call('HSET', message(id), 'state', 'accepted', 'ahead', ahead)
  if ahead == 0 and make_ready_by_id(id) then
    tell_relays()
  end
end

-- ---- order (docs/order.md) ----

local function state_of(thing) return lane .. ':s:' .. thing end

local function waiting_for(thing) return lane .. ':w:' .. thing end

-- A parked message comes back to the end of its lines.
local function unpark(id)
  for thing in string.gmatch(redis.call('HGET', message(id), 'waits') or '', '%S+') do
    redis.call('LREM', waiting_for(thing), 1, id)
  end
  redis.call('HDEL', message(id), 'waits', 'next')
  redis.call('ZREM', delayed, id)
  redis.call('HINCRBY', counters, 'parked', -1)
  enter(id)
end

-- Keeps where a thing is for some ms; when it has moved, what waits for it comes back, the first that was parked first.
local function keep_state(thing, state, keep_ms, has_moved)
  redis.call('SET', state_of(thing), state, 'PX', keep_ms)
  if not has_moved then
    return
  end
  local ids = redis.call('LRANGE', waiting_for(thing), 0, -1)
  for _, id in ipairs(ids) do
    if redis.call('HGET', message(id), 'state') == 'parked' then
      unpark(id)
    end
  end
  if #ids > 0 then
    redis.call('DEL', waiting_for(thing))
  end
end

-- Lines that begin with the name of a thing and what was known of it ('-' for nothing) when it was decided: is that
-- still so? A request that is answered now may have moved it meanwhile.
local function is_current(lines)
  for thing, known in string.gmatch(lines, '(%S+) (%S+)[^\n]*\n') do
    if (redis.call('GET', state_of(thing)) or '-') ~= known then
      return false
    end
  end
  return true
end

-- A line for each thing: name, what was known of it, state, ms it is kept, 1 when it has moved (else 0). Only when
-- is_current: a move that was left out would be a record in Odoo of which its thing knows nothing.
local function keep_states(lines)
  for thing, state, keep_ms, has_moved in string.gmatch(lines or '', '(%S+) %S+ (%S+) (%d+) (%d)\n') do
    keep_state(thing, state, keep_ms, has_moved == '1')
  end
end

-- What was decided about the message is not so any more: it is delivered and decided once more, and the attempt does
-- not count.
local function come_again(id)
  end_lease(id)
  take_attempt_back(id)
  redis.call('HSET', message(id), 'state', 'accepted')
  make_ready_by_id(id, true)
  tell_relays()
end

-- What an operator did, for the message's history: members of a JSON object, to which the time is added.
local function remember(id, entry)
  local before = redis.call('HGET', message(id), 'history')
  redis.call('HSET', message(id), 'history',
    (before and before .. ',' or '') .. string.sub(entry, 1, -2) .. ',"at":' .. now() .. '}')
end

-- Why a letter is not the one that somebody looked at, which had died at that time ('' for whenever); nil: it is.
local function other_than_seen(state, closed, died)
  if state ~= 'dead' then
    return 'unknown'
  end
  return died ~= '' and closed ~= died and 'changed'
end

-- What is said of a letter, in the order of queue/letter.c.
local letter_fields = {'partner', 'route', 'class', 'correlation', 'at', 'closed', 'attempts', 'reason', 'error', 'state'}
-- The same of its callback, where callbacks that were given up are worked off as letters are.
local untold_fields = {'partner', 'route', 'class', 'correlation', 'at', 'callback_closed', 'callback_attempts', 'callback_last',
  'callback_event', 'callback_state'}
local function add_letter(out, id, is)
  out[#out + 1] = id
  for k = 1, #letter_fields do
    out[#out + 1] = is[k] or ''
  end
end

-- Of a set by time, newest first, those messages of whose fields fits(values) is true. ARGV: from and until (ms since
-- 1970), two filters that are the script's own, most that are listed, most that are looked at. What it returns: ms up to
-- which all was looked at ('' when that is all there is), then of each what add(out, id, values) puts there.
local function newest_of(set, fields, fits, add)
  local most, out = tonumber(ARGV[5]), {''}
  local found = redis.call('ZREVRANGEBYSCORE', set, ARGV[2], ARGV[1], 'WITHSCORES', 'LIMIT', 0, ARGV[6])
  for i = 1, #found, 2 do
    local values = redis.call('HMGET', message(found[i]), unpack(fields))
    if fits(values) then
      if most == 0 then
        out[1] = found[i + 1]
        return out
      end
      most = most - 1
      add(out, found[i], values)
    end
  end
  if #found == 2 * tonumber(ARGV[6]) then
    out[1] = found[#found]
  end
  return out
end

-- ---- callbacks: the partner is told of the outcome ----

local callbacks = lane .. ':h' -- partners by the time at which their first one is due
local most_callbacks = 100000  -- of one partner
local function callbacks_of(partner) return callbacks .. ':' .. partner end

local function set_callback_due(partner)
  local first = redis.call('ZRANGE', callbacks_of(partner), 0, 0, 'WITHSCORES')
  if first[2] then
    redis.call('ZADD', callbacks, first[2], partner)
  else
    redis.call('ZREM', callbacks, partner)
  end
end

-- One that is waited for no more. False: there was none.
local function end_callback(id, partner)
  if redis.call('ZREM', callbacks_of(partner), id) == 0 then
    return false
  end
  redis.call('HINCRBY', counters, 'callbacks', -1)
  if redis.call('HINCRBY', counters, 'callback:' .. partner, -1) == 0 then
    redis.call('HDEL', counters, 'callback:' .. partner)
  end
  redis.call('HDEL', message(id), 'callback_token', 'callback_next')
  set_callback_due(partner)
  return true
end

local untold = lane .. ':u' -- messages whose callback was given up, by the time of that
local most_untold = 100000  -- of a lane; of others it is not known when they were given up

-- The oldest ones go when their messages are gone.
local function note_untold(id, time)
  redis.call('ZADD', untold, time, id)
  for _, old in ipairs(redis.call('ZRANGE', untold, 0, 1)) do
    if redis.call('EXISTS', message(old)) == 0 then
      redis.call('ZREM', untold, old)
    end
  end
  redis.call('ZREMRANGEBYRANK', untold, 0, -most_untold - 1)
end

local function give_callback_up(id, partner, why)
  local time = now()
  redis.call('HSET', message(id), 'callback_state', 'given-up', 'callback_last', why, 'callback_closed', time)
  redis.call('HINCRBY', counters, 'callbacks_given_up', 1)
  redis.call('HINCRBY', counters, 'callback_given_up:' .. partner, 1)
  note_untold(id, time)
end

-- Nothing is waited for any more: the message goes when it would have, but is there for ms at least.
local function let_go(id, ms)
  local keep = redis.call('HGET', message(id), 'callback_keep')
  if keep then
    redis.call('PEXPIREAT', message(id), string.format('%d', math.max(tonumber(keep), now() + ms)))
  end
end

-- To be told from now on. What is told is kept until then, whatever time is set: callback_keep holds that. False: too many
-- wait already.
local function put_callback(id, partner)
  local name = message(id)
  if redis.call('ZCARD', callbacks_of(partner)) >= most_callbacks then
    return false
  end
  redis.call('HSET', name, 'callback_state', 'waiting', 'callback_attempts', '0')
  redis.call('HDEL', name, 'callback_last', 'callback_closed')
  local left = redis.call('PTTL', name)
  if left > 0 then
    redis.call('HSET', name, 'callback_keep', now() + left)
    redis.call('PERSIST', name)
  end
  redis.call('ZADD', callbacks_of(partner), now(), id)
  redis.call('HINCRBY', counters, 'callbacks', 1)
  redis.call('HINCRBY', counters, 'callback:' .. partner, 1)
  set_callback_due(partner)
  redis.call('PUBLISH', 'lgs:callbacks', lane)
  return true
end

-- The message is decided. If it was said at its acceptance that this is told, it is.
local function call_back(id, event)
  local name = message(id)
  local is = redis.call('HMGET', name, 'callback', 'partner', 'callback_closed')
  if not is[1] or not is[2] or not string.find(is[1], event, 1, true) then
    return
  end
  end_callback(id, is[2]) -- of the outcome before, which is one no more
  if is[3] then
    redis.call('ZREM', untold, id)
  end
  redis.call('HSET', name, 'callback_event', event, 'callback_attempts', '0', 'callback_at', now())
  redis.call('HINCRBY', name, 'callback_round', 1)
  if not put_callback(id, is[2]) then
    give_callback_up(id, is[2], 'too many wait already')
    let_go(id, 0)
  end
end

-- What a partner may see of its message.
local function shown_fields()
  return {'partner', 'route', 'class', 'correlation', 'state', 'at', 'attempts', 'next', 'closed', 'reason', 'error',
    'outcome', 'callback_event', 'callback_state', 'callback_attempts', 'callback_at', 'callback_last', 'callback_next',
    'callback_closed'}
end

-- ---- traces ----

-- ARGV from number i on: seconds that traces are kept, how many under one request's key, how many ids under one business
-- key; then of each its time, its id, itself, its request's key, how many business keys it has, and these. Traces of one
-- call often share keys (events of one shipment): what is the same for all of them is done once.
local function keep_traces(i)
  local keep_s, most, most_ids = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
  local seen = {}
  local function is_new(key)
    local is = not seen[key]
    seen[key] = true
    return is
  end
  i = i + 3
  while ARGV[i] do
    local at, id, key, last = ARGV[i], ARGV[i + 1], ARGV[i + 3], i + 4 + tonumber(ARGV[i + 4])
    if redis.call('RPUSH', key, ARGV[i + 2]) > most then
      redis.call('LTRIM', key, -most, -1)
    end
    if is_new(key) then
      redis.call('EXPIRE', key, keep_s)
    end
    for k = i + 5, last do
      redis.call('ZADD', ARGV[k], at, id)
      if is_new(ARGV[k]) then
        redis.call('ZREMRANGEBYRANK', ARGV[k], 0, -most_ids - 1)
        redis.call('EXPIRE', ARGV[k], keep_s)
      end
    end
    i = last + 1
  end
end

-- ---- idempotency ----

-- Who has the key, as one text (MessagePack): print, "running" and its owner, or "done", status, type, body and location
-- of the answer.
local function idempotency(key) return lane .. ':i:' .. key end

local function keep_record(key, ms, record)
  redis.call('SET', idempotency(key), record, 'PX', ms)
end

-- What to answer whoever comes with a key that somebody has: text is its record.
local function answer_of(key, text, fingerprint)
  local is = cmsgpack.unpack(text)
  if is[1] ~= fingerprint then
    return {'other'}
  end
  if is[2] == 'running' then
    return {'running', tostring(redis.call('PTTL', idempotency(key)))}
  end
  return {'done', is[3], is[4], is[5], is[6] or false}
end

-- False: nobody has the key.
local function known(key, fingerprint)
  local text = redis.call('GET', idempotency(key))
  return text and answer_of(key, text, fingerprint)
end
