#!lua
-- Takes a message into the lane, once.
-- ARGV: id, idempotency key ('' for none), fingerprint, ms its answer is kept, most open messages of the
-- lane, then fields and values of the message. Of them class, keys, status, type, answer and location say
-- what is done with it.
-- accepted | full | other | running, ms | done, status, type, body, location
local id, key, print, keep_ms, most = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
local name = lane .. ':i:' .. key
local found = key ~= '' and known(name, print)
if found then
  return found
end
if redis.call('ZCARD', open) >= most then
  return {'full'}
end
local fields, answer = {'state', 'accepted', 'attempts', '0', 'at', tostring(now())}, {}
local is_answer = {status = true, type = true, answer = true, location = true}
for i = 6, #ARGV, 2 do
  if is_answer[ARGV[i]] then
    answer[ARGV[i]] = ARGV[i + 1]
  else
    fields[#fields + 1] = ARGV[i]
    fields[#fields + 1] = ARGV[i + 1]
  end
end
-- by pieces: unpack has a limit
for i = 1, #fields, 100 do
  redis.call('HSET', message(id), unpack(fields, i, math.min(i + 99, #fields)))
end
open_again(id)
redis.call('HINCRBY', counters, 'accepted', 1)
enter(id)
if key ~= '' then
  redis.call('HSET', name, 'print', print, 'state', 'done', 'status', answer.status, 'type', answer.type,
    'body', answer.answer, 'location', answer.location)
  redis.call('PEXPIRE', name, keep_ms)
end
return {'accepted'}
