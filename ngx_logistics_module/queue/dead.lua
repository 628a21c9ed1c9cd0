#!lua flags=allow-oom
-- The message is given up: it lies with the dead letters, those behind it go on.
-- ARGV: id, token, reason (a word), why (a sentence), outcome (JSON), records that are left ('' for all),
-- ms it is kept, then where things are of which records are delivered (keep_states), and why each of those left is not
-- (JSON; '' when it is not known)
-- dead | moved: it comes again | lost
local id, token, keep_ms = ARGV[1], ARGV[2], tonumber(ARGV[7])
if not is_leased(id, token) then
  return {'lost'}
end
if not is_current(ARGV[8] or '') then
  come_again(id)
  return {'moved'}
end
local name = message(id)
end_lease(id)
close(id)
keep_states(ARGV[8])
redis.call('HSET', name, 'state', 'dead', 'reason', ARGV[3], 'error', ARGV[4], 'outcome', ARGV[5])
if ARGV[6] ~= '' then
  redis.call('HSET', name, 'body', ARGV[6])
end
redis.call('HSET', name, 'whys', ARGV[9] or '')
redis.call('PEXPIRE', name, keep_ms)
redis.call('ZADD', dead, now(), id)
redis.call('ZREMRANGEBYSCORE', dead, '-inf', now() - keep_ms)
redis.call('HINCRBY', counters, 'dead:' .. ARGV[3], 1)
tell_waiting(id)
call_back(id, 'failed')
return {'dead'}
