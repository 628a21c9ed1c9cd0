#!lua flags=allow-oom
-- A dead letter is given up for good. ARGV: id. dropped | unknown
local id = ARGV[1]
if redis.call('HGET', message(id), 'state') ~= 'dead' then
  return {'unknown'}
end
redis.call('ZREM', dead, id)
redis.call('HSET', message(id), 'state', 'dropped')
redis.call('HDEL', message(id), 'body', 'source')
return {'dropped'}
