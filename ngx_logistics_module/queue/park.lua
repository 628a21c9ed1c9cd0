#!lua flags=allow-oom
-- The message waits for another: out of its lines, so that the other can come. ARGV: id, token, ms, why
-- parked | lost
local id, token, delay_ms = ARGV[1], ARGV[2], tonumber(ARGV[3])
if not is_leased(id, token) then
  return {'lost'}
end
end_lease(id)
if leave_line(id, redis.call('HGET', message(id), 'keys')) then
  tell_relays()
end
redis.call('HINCRBY', message(id), 'attempts', -1)
redis.call('HSET', message(id), 'state', 'parked', 'error', ARGV[4], 'next', now() + delay_ms)
redis.call('ZADD', delayed, now() + delay_ms, id)
return {'parked'}
