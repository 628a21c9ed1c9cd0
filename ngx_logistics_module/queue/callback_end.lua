#!lua flags=allow-oom
-- What became of a callback. ARGV: id, token, partner for whom it was claimed (what the message itself says of that may be
-- damaged), state (sent, given-up, waiting), what was answered (a sentence; '' for nothing), ms until it goes again or
-- else ms that the message is kept at least, 1 when the attempt counts
-- ended | lost
local id, partner, state, ms = ARGV[1], ARGV[3], ARGV[4], tonumber(ARGV[6])
local name = message(id)
if redis.call('HGET', name, 'callback_token') ~= ARGV[2] then
  return {'lost'}
end
redis.call('HDEL', name, 'callback_token')
redis.call('HSET', name, 'callback_state', state)
if ARGV[5] ~= '' then
  redis.call('HSET', name, 'callback_last', ARGV[5])
end
if state == 'waiting' then
  if ARGV[7] == '1' then
    redis.call('HINCRBY', counters, 'callbacks_retries', 1)
  else
    redis.call('HINCRBY', name, 'callback_attempts', -1)
  end
  redis.call('HSET', name, 'callback_next', now() + ms)
  redis.call('ZADD', callbacks_of(partner), now() + ms, id)
  set_callback_due(partner)
  return {'ended'}
end
end_callback(id, partner)
if state == 'sent' then
  redis.call('HINCRBY', counters, 'callbacks_sent', 1)
else
  give_callback_up(id, partner, ARGV[5])
end
let_go(id, ms)
return {'ended'}
