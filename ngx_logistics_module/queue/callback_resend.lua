#!lua flags=allow-oom
-- A callback that was given up is sent again: its schedule from the beginning, under the id that it had. ARGV: id, who and
-- why (JSON, kept in the message's history), when it was given up ('' for whenever): one that was sent again and given up
-- once more is not the one that somebody looked at
-- resent | unknown | changed | full
local id = ARGV[1]
local is = redis.call('HMGET', message(id), 'callback_state', 'callback_closed', 'partner')
if is[1] ~= 'given-up' or not is[3] then
  return {'unknown'}
end
if ARGV[3] ~= '' and is[2] ~= ARGV[3] then
  return {'changed'}
end
if not put_callback(id, is[3]) then
  return {'full'}
end
redis.call('ZREM', untold, id)
redis.call('HINCRBY', counters, 'callbacks_resent', 1)
remember(id, ARGV[2])
return {'resent'}
