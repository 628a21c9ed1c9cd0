#!lua flags=allow-oom
-- A dead letter is accepted once more, at the end of its lines. ARGV: id, records in place of its own and what
-- they are about ('' and '' for none), who and why (JSON, kept in the message's history), when it died ('' for
-- whenever): a letter that was replayed and died again meanwhile is not the one that somebody looked at
-- replayed | unknown | changed
local id = ARGV[1]
local name = message(id)
local is = redis.call('HMGET', name, 'state', 'closed')
if is[1] ~= 'dead' then
  return {'unknown'}
end
if ARGV[5] ~= '' and is[2] ~= ARGV[5] then
  return {'changed'}
end
redis.call('ZREM', dead, id)
redis.call('PERSIST', name)
redis.call('HDEL', name, 'reason', 'error', 'closed', 'until', 'due')
end_callback(id, redis.call('HGET', name, 'partner') or '') -- it has no outcome now
redis.call('HDEL', name, 'callback_event', 'callback_state', 'callback_attempts', 'callback_at', 'callback_last',
  'callback_keep', 'callback_closed')
redis.call('ZREM', untold, id)
redis.call('HSET', name, 'attempts', '0')
if ARGV[2] ~= '' then
  redis.call('HSET', name, 'body', ARGV[2], 'keys', ARGV[3],
    'bytes', #ARGV[2] + redis.call('HSTRLEN', name, 'source'))
end
redis.call('HINCRBY', counters, 'replayed', 1)
remember(id, ARGV[4])
local again = redis.call('HMGET', name, 'class', 'bytes', 'at', 'partner')
redis.call('ZADD', open_of(again[1]), again[3], id)
count_open(again[4], again[2], 1)
write_counts()
enter(id)
return {'replayed'}
