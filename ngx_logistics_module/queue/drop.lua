#!lua flags=allow-oom
-- A dead letter is given up for good. ARGV: id, who and why (JSON, kept in the message's history), when it died
-- ('' for whenever): a letter that was replayed and died again meanwhile is another one
-- dropped | unknown | changed
local id = ARGV[1]
local is = redis.call('HMGET', message(id), 'state', 'closed')
if is[1] ~= 'dead' then
  return {'unknown'}
end
if ARGV[3] ~= '' and is[2] ~= ARGV[3] then
  return {'changed'}
end
redis.call('ZREM', dead, id)
redis.call('HSET', message(id), 'state', 'dropped')
redis.call('HDEL', message(id), 'body', 'source')
redis.call('HINCRBY', counters, 'dropped', 1)
remember(id, ARGV[2])
call_back(id, 'dropped')
return {'dropped'}
