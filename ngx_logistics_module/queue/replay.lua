#!lua flags=allow-oom
-- A dead letter is accepted once more, at the end of its lines. ARGV: id, records in place of its own ('' for
-- none), who and why (JSON, kept in the message's history)
-- replayed | unknown
local id = ARGV[1]
local name = message(id)
if redis.call('HGET', name, 'state') ~= 'dead' then
  return {'unknown'}
end
redis.call('ZREM', dead, id)
redis.call('PERSIST', name)
redis.call('HDEL', name, 'reason', 'error', 'closed')
redis.call('HSET', name, 'attempts', '0')
if ARGV[2] ~= '' then
  redis.call('HSET', name, 'body', ARGV[2])
end
local history = redis.call('HGET', name, 'history')
redis.call('HSET', name, 'history', (history and history .. ',' or '') .. ARGV[3])
open_again(id)
enter(id)
return {'replayed'}
