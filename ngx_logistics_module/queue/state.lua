#!lua flags=no-writes
-- The lane in numbers: a list of names and values. ARGV: of how many of the oldest messages of each class the partner is
-- looked at, for the age of each partner's oldest.
local out = redis.call('HGETALL', counters)
local function add(name, value)
  out[#out + 1] = name
  out[#out + 1] = tostring(value)
end
local function age_of_first(set)
  local oldest = redis.call('ZRANGE', set, 0, 0, 'WITHSCORES')
  return oldest[2] and now() - tonumber(oldest[2]) or 0
end
add('at_ms', now())
local oldest_ms = 0
for _, class in ipairs(classes) do
  local age = age_of_first(open_of(class))
  add('depth:' .. class, redis.call('ZCARD', open_of(class)))
  add('oldest_ms:' .. class, age)
  oldest_ms = math.max(oldest_ms, age)
end
add('oldest_ms', oldest_ms)
add('leased', redis.call('ZCARD', leases))
add('delayed', redis.call('ZCARD', delayed))
add('dead', redis.call('ZCARD', dead))
for _, relay in ipairs(redis.call('ZRANGEBYSCORE', relays, now(), '+inf', 'LIMIT', 0, 100)) do
  local is = redis.call('HMGET', relays .. ':' .. relay, 'breaker', 'calls')
  add('relay_open:' .. relay, is[1] == 'closed' and 0 or 1)
  add('relay:' .. relay, is[2] or 0)
end
local looked, seen = tonumber(ARGV[1] or '0'), {}
for _, class in ipairs(looked > 0 and classes or {}) do
  local oldest = redis.call('ZRANGE', open_of(class), 0, looked - 1, 'WITHSCORES')
  for i = 1, #oldest, 2 do
    local partner = redis.call('HGET', message(oldest[i]), 'partner') or ''
    seen[partner] = math.max(seen[partner] or 0, now() - oldest[i + 1])
  end
end
for partner, age in pairs(seen) do
  add('partner_ms:' .. partner, age)
end
return out
