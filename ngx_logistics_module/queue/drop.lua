#!lua flags=allow-oom
-- Dead letters are given up for good. ARGV, for each: id, who and why (JSON, kept in the message's history), when it died
-- ('' for whenever): a letter that was replayed and died again meanwhile is another one
-- for each: dropped | unknown | changed
local function drop(id, deed, died)
  local is = redis.call('HMGET', message(id), 'state', 'closed')
  local other = other_than_seen(is[1], is[2], died)
  if other then
    return other
  end
  redis.call('HINCRBY', counters, 'dropped', 1) -- first: damaged counters end it here
  redis.call('ZREM', dead, id)
  redis.call('HSET', message(id), 'state', 'dropped')
  redis.call('HDEL', message(id), 'body', 'source')
  remember(id, deed)
  call_back(id, 'dropped')
  return 'dropped'
end

local told = {}
for i = 1, #ARGV, 3 do
  told[#told + 1] = drop(ARGV[i], ARGV[i + 1], ARGV[i + 2])
end
return told
