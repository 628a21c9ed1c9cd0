#!lua flags=allow-oom
-- The message is delivered. ARGV: id, token, outcome (JSON), ms the outcome is kept
-- settled, ms from acceptance | lost
local id, token = ARGV[1], ARGV[2]
if not is_leased(id, token) then
  return {'lost'}
end
end_lease(id)
close(id)
redis.call('HSET', message(id), 'state', 'delivered', 'outcome', ARGV[3])
redis.call('HDEL', message(id), 'body', 'source', 'error', 'left')
redis.call('PEXPIRE', message(id), ARGV[4])
redis.call('HINCRBY', counters, 'delivered', 1)
tell_waiting(id)
call_back(id, 'delivered')
local is = redis.call('HMGET', message(id), 'at', 'class')
local took_ms, bound = now() - tonumber(is[1]), '+Inf'
for _, seconds in ipairs({'0.1', '0.25', '0.5', '1', '2.5', '5', '10', '30', '60', '300', '1800', '7200'}) do
  if took_ms <= tonumber(seconds) * 1000 then
    bound = seconds
    break
  end
end
redis.call('HINCRBY', counters, 'took:' .. is[2] .. ':' .. bound, 1)
redis.call('HINCRBY', counters, 'took_ms:' .. is[2], took_ms)
return {'settled', tostring(took_ms)}
