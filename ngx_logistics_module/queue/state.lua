#!lua flags=no-writes
-- The lane in numbers: a list of names and values.
local out, oldest = redis.call('HGETALL', counters), redis.call('ZRANGE', open, 0, 0, 'WITHSCORES')
local function add(name, value)
  out[#out + 1] = name
  out[#out + 1] = tostring(value)
end
add('open', redis.call('ZCARD', open))
add('oldest_ms', oldest[2] and now() - tonumber(oldest[2]) or 0)
add('leased', redis.call('ZCARD', leases))
add('delayed', redis.call('ZCARD', delayed))
add('dead', redis.call('ZCARD', dead))
return out
