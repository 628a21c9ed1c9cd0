#!lua flags=allow-oom
-- Hands out messages that may be delivered, each with a lease.
-- ARGV: consumer, ms of the lease, most messages, most bytes of them together, then classes in the order
-- in which they are looked at
-- ms until something is due ('' when nothing is), messages that are ready still, then for each message a
-- list: id, token, attempts, fields and values; of one that has lost some of its fields `damaged` has their names, for the
-- relay to give it up
local consumer, lease_ms = ARGV[1], tonumber(ARGV[2])
local most, most_bytes = tonumber(ARGV[3]), tonumber(ARGV[4])
local time = now()
local lease_until = string.format('%d', time + lease_ms)
local fields = {'state', 'ahead', 'next', 'claims', 'keys', 'bytes', 'attempts', 'at', 'partner', 'route', 'class',
  'correlation', 'body', 'outcome', 'due'}
local needed, shown = {5, #fields - 4}, {8, #fields} -- from, to

local function due(set)
  return redis.call('ZRANGEBYSCORE', set, '-inf', time, 'LIMIT', 0, 100)
end

-- A consumer that died: its messages go first, they are the oldest.
local moved = false
for _, id in ipairs(due(leases)) do
  if redis.call('EXISTS', message(id)) == 0 then
    redis.call('ZREM', leases, id) -- somebody deleted it
  else
    moved = true
    end_lease(id)
    redis.call('HSET', message(id), 'state', 'accepted')
    redis.call('HINCRBY', counters, 'leases_lost', 1)
    make_ready_by_id(id, true)
  end
end
for _, id in ipairs(due(delayed)) do
  local state = redis.call('HGET', message(id), 'state')
  moved = moved or state
  if state == 'parked' then
    redis.call('HSET', message(id), 'due', '1') -- its time is over: it does not wait again
    unpark(id)
  else
    redis.call('ZREM', delayed, id)
  end
  if state == 'retrying' then
    redis.call('HSET', message(id), 'state', 'accepted')
    make_ready_by_id(id, true)
  end
end

if moved then
  tell_relays() -- of whatever class they are
end

local function next_due()
  local at
  for _, set in ipairs({delayed, leases}) do
    local first = redis.call('ZRANGE', set, 0, 0, 'WITHSCORES')
    if first[2] and (not at or tonumber(first[2]) < at) then
      at = tonumber(first[2])
    end
  end
  return at and tostring(math.max(at - time, 0)) or ''
end

local result, taken, bytes, left = {'', '0'}, {}, 0, 0

-- In the list of those that may go, and not for nothing. What was dropped meanwhile is passed over.
local function may_go(id, is)
  if is[1] and is[2] then
    return is[1] == 'accepted' and is[2] == '0'
  end
  return (is[1] or 'accepted') == 'accepted' and (is[2] or '0') == '0' and redis.call('EXISTS', message(id)) == 1
    and not redis.call('ZSCORE', leases, id)
end

-- What it must have and has not, or what is no number of those that are reckoned with.
local function lost_of(is)
  local lost = {}
  for i = needed[1], needed[2] do
    if not is[i] or (fields[i] == 'bytes' or fields[i] == 'attempts' or fields[i] == 'at') and not tonumber(is[i]) then
      lost[#lost + 1] = fields[i]
    end
  end
  return #lost > 0 and table.concat(lost, ' ')
end

local function claim(id)
  local is = redis.call('HMGET', message(id), unpack(fields))
  if not may_go(id, is) then
    return
  end
  local lost = lost_of(is)
  local attempts = string.format('%d', (tonumber(is[7]) or 0) + 1)
  local claims = string.format('%d', (tonumber(is[4]) or 0) + 1)
  local token = consumer .. ':' .. claims -- attempts are counted back, and begin anew: claims never
  local out = {id, token, attempts}
  redis.call('HSET', message(id), 'attempts', attempts, 'claims', claims, 'state', 'delivering', 'token', token)
  if is[3] then
    redis.call('HDEL', message(id), 'next')
  end
  for i = shown[1], shown[2] do
    out[#out + 1] = fields[i]
    out[#out + 1] = is[i] or ''
  end
  if lost then
    out[#out + 1] = 'damaged'
    out[#out + 1] = lost
  end
  result[#result + 1] = out
  taken[#taken + 1] = lease_until
  taken[#taken + 1] = id
  bytes = bytes + (tonumber(is[6]) or 0)
end

-- Looked at before they are taken off the list: a large one ends it.
local function claim_from(list)
  while #result - 2 < most and bytes < most_bytes do
    local ids, looked = redis.call('LRANGE', list, 0, math.min(most - (#result - 2), 100) - 1), 0
    if #ids == 0 then
      return
    end
    while looked < #ids and bytes < most_bytes do
      looked = looked + 1
      claim(ids[looked])
    end
    redis.call('LTRIM', list, looked, -1)
  end
end

for i = 5, #ARGV do
  claim_from(ready(ARGV[i]))
  left = left + redis.call('LLEN', ready(ARGV[i]))
end
if #taken > 0 then
  for i = 1, #taken, 1000 do -- by pieces: unpack has a limit
    redis.call('ZADD', leases, unpack(taken, i, math.min(i + 999, #taken)))
  end
  redis.call('HINCRBY', counters, 'attempts', #result - 2)
end
result[1], result[2] = next_due(), tostring(left)
return result
