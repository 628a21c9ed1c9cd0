#!lua flags=allow-oom
-- Hands out callbacks of a partner that are due, each with a lease: who holds one and dies, of him it is due again when
-- the lease ends. ARGV: partner, consumer, ms of the lease, most of them
-- ms until the next is due ('' when none waits), then for each a list: id, token, attempts, number of the outcome,
-- fields and values as of `show`
local partner, consumer, lease_ms, most = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local own, time, shown, result = callbacks_of(partner), now(), shown_fields(), {''}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', own, '-inf', time, 'LIMIT', 0, most)) do
  local name = message(id)
  local is = redis.call('HMGET', name, 'callback_event', 'callback_attempts', 'callback_round', 'callback_claims')
  if not is[1] then
    end_callback(id, partner) -- the message is gone: somebody deleted it
  else
    -- numbers that are none are handed out as they are, for the relay to give it up
    local attempts, round = is[2] or '', is[3] or ''
    if string.find(attempts, '^%d+$') then
      attempts = string.format('%d', attempts + 1)
      redis.call('HSET', name, 'callback_attempts', attempts)
    end
    local claims = string.format('%d', (tonumber(is[4]) or 0) + 1)
    local token = consumer .. ':' .. claims
    local out, values = {id, token, attempts, round}, redis.call('HMGET', name, unpack(shown))
    for i, field in ipairs(shown) do
      out[#out + 1] = field
      out[#out + 1] = values[i] or ''
    end
    redis.call('HSET', name, 'callback_state', 'sending', 'callback_claims', claims, 'callback_token', token)
    redis.call('HDEL', name, 'callback_next')
    redis.call('ZADD', own, time + lease_ms, id)
    result[#result + 1] = out
  end
end
set_callback_due(partner)
local first = redis.call('ZRANGE', own, 0, 0, 'WITHSCORES')
if first[2] then
  result[1] = string.format('%d', math.max(tonumber(first[2]) - time, 0))
end
return result
