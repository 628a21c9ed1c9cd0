#!lua flags=allow-oom
-- Hands out messages that may be delivered, each with a lease.
-- ARGV: consumer, ms of the lease, most messages, most bytes of them together, then classes in the order
-- in which they are looked at
-- ms until something is due ('' when nothing is), messages that are ready still, then for each message a
-- list: id, token, attempts, fields and values
local consumer, lease_ms = ARGV[1], tonumber(ARGV[2])
local most, most_bytes = tonumber(ARGV[3]), tonumber(ARGV[4])
local time, shown = now(), {'partner', 'route', 'class', 'correlation', 'at', 'body', 'outcome'}

local function due(set)
  return redis.call('ZRANGEBYSCORE', set, '-inf', time, 'LIMIT', 0, 100)
end

-- A consumer that died: its messages go first, they are the oldest.
local moved = false
for _, id in ipairs(due(leases)) do
  moved = true
  end_lease(id)
  redis.call('HSET', message(id), 'state', 'accepted')
  redis.call('HINCRBY', counters, 'leases_lost', 1)
  make_ready(id, true)
end
for _, id in ipairs(due(delayed)) do
  moved = true
  redis.call('ZREM', delayed, id)
  if redis.call('HGET', message(id), 'state') == 'parked' then
    enter(id)
  else
    redis.call('HSET', message(id), 'state', 'accepted')
    make_ready(id, true)
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

local function claim(id)
  local name = message(id)
  local attempts = redis.call('HINCRBY', name, 'attempts', 1)
  local token = consumer .. ':' .. attempts
  redis.call('HSET', name, 'state', 'delivering', 'token', token)
  redis.call('HDEL', name, 'next')
  redis.call('ZADD', leases, time + lease_ms, id)
  local out, values = {id, token, tostring(attempts)}, redis.call('HMGET', name, unpack(shown))
  for i, field in ipairs(shown) do
    out[#out + 1] = field
    out[#out + 1] = values[i] or ''
  end
  return out, tonumber(redis.call('HGET', name, 'bytes'))
end

local result, bytes, left = {'', '0'}, 0, 0
for i = 5, #ARGV do
  local list = ready(ARGV[i])
  while #result - 2 < most and bytes < most_bytes do
    local id = redis.call('LPOP', list)
    if not id then
      break
    end
    -- what was dropped meanwhile is passed over
    local is = redis.call('HMGET', message(id), 'state', 'ahead')
    if is[1] == 'accepted' and is[2] == '0' then
      local out, size = claim(id)
      result[#result + 1] = out
      bytes = bytes + size
    end
  end
  left = left + redis.call('LLEN', list)
end
if #result > 2 then
  redis.call('HINCRBY', counters, 'attempts', #result - 2)
end
result[1], result[2] = next_due(), tostring(left)
return result
