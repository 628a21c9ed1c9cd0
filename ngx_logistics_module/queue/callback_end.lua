#!lua flags=allow-oom
-- What became of a callback. ARGV: id, token, state (sent, given-up, waiting), what was answered (a sentence; '' for
-- nothing), ms until it goes again or else ms that the message is kept at least, 1 when the attempt counts
-- ended | lost
local id, state, ms = ARGV[1], ARGV[3], tonumber(ARGV[5])
local name = message(id)
local is = redis.call('HMGET', name, 'callback_token', 'partner')
if is[1] ~= ARGV[2] then
  return {'lost'}
end
redis.call('HDEL', name, 'callback_token')
redis.call('HSET', name, 'callback_state', state)
if ARGV[4] ~= '' then
  redis.call('HSET', name, 'callback_last', ARGV[4])
end
if state == 'waiting' then
  if ARGV[6] == '1' then
    redis.call('HINCRBY', counters, 'callbacks_retries', 1)
  else
    redis.call('HINCRBY', name, 'callback_attempts', -1)
  end
  redis.call('HSET', name, 'callback_next', now() + ms)
  redis.call('ZADD', callbacks_of(is[2]), now() + ms, id)
  set_callback_due(is[2])
  return {'ended'}
end
end_callback(id, is[2])
if state == 'sent' then
  redis.call('HINCRBY', counters, 'callbacks_sent', 1)
else
  give_callback_up(id, is[2], ARGV[4])
end
let_go(id, ms)
return {'ended'}
