#!lua flags=allow-oom
-- The message goes again later; it stays the first of its lines. ARGV: id, token, ms until then, why,
-- records that are left ('' for all), outcome of those that are not ('' for none), 1 when the attempt
-- counts, then where things are of which records are delivered (keep_states)
-- delayed | moved: it comes again, at once | lost
local id, token, delay_ms = ARGV[1], ARGV[2], tonumber(ARGV[3])
if not is_leased(id, token) then
  return {'lost'}
end
if not is_current(ARGV[8] or '') then
  come_again(id)
  return {'moved'}
end
local name = message(id)
end_lease(id)
if ARGV[4] ~= '' then
  redis.call('HSET', name, 'error', ARGV[4])
end
keep_rest(name, ARGV[5], ARGV[6])
if ARGV[7] ~= '1' then
  take_attempt_back(id)
else
  redis.call('HINCRBY', counters, 'retries', 1)
end
keep_states(ARGV[8])
if delay_ms == 0 then
  redis.call('HSET', name, 'state', 'accepted')
  make_ready_by_id(id, true)
  tell_relays()
else
  redis.call('HSET', name, 'state', 'retrying', 'next', now() + delay_ms)
  redis.call('ZADD', delayed, now() + delay_ms, id)
end
return {'delayed'}
