#!lua
-- Takes a message into the lane, once.
-- ARGV: id, idempotency key ('' for none), fingerprint, ms its answer is kept, most open messages of the lane; class,
-- order keys, partner, bytes; status, type, body and location of the answer; then more fields and values of the message
-- accepted | full | other | running, ms | done, status, type, body, location
local id, key, print = ARGV[1], ARGV[2], ARGV[3]
local class, keys, partner, bytes = ARGV[6], ARGV[7], ARGV[8], ARGV[9]
local found = key ~= '' and known(key, print)
if found then
  return found
end
if tonumber(redis.call('HGET', counters, 'open') or 0) >= tonumber(ARGV[5]) then
  return {'full'}
end
local at = string.format('%d', now())
local ahead = stand_in_line(id, keys)
redis.call('HSET', message(id), 'state', 'accepted', 'attempts', '0', 'at', at, 'ahead', ahead, 'class', class,
  'keys', keys, 'partner', partner, 'bytes', bytes, unpack(ARGV, 14))
redis.call('ZADD', open_of(class), at, id)
count_open(partner, bytes, 1)
count('accepted', 1)
write_counts()
if ahead == 0 and make_ready(id, class) then
  tell_relays()
end
if key ~= '' then
  keep_answer(key, ARGV[4], print, ARGV[10], ARGV[11], ARGV[12], ARGV[13])
end
return {'accepted'}
