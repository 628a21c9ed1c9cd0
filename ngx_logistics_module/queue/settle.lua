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
return {'settled', tostring(now() - tonumber(redis.call('HGET', message(id), 'at')))}
