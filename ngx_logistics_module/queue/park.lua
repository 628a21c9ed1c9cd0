#!lua flags=allow-oom
-- The message waits for others about its things: out of its lines, so that they can come. ARGV: id, token, ms it
-- waits at most, counted from the first time, why, records that are left ('' for all), outcome of those that are not
-- ('' for none), a line for each thing that it waits for: name, what was known of it; then where things are of which
-- records are delivered (keep_states)
-- parked | moved: it comes again | lost
local id, token, most_ms = ARGV[1], ARGV[2], tonumber(ARGV[3])
if not is_leased(id, token) then
  return {'lost'}
end
local name, waits, is_so = message(id), ARGV[7], is_current(ARGV[7])
if not is_current(ARGV[8] or '') then
  come_again(id)
  return {'moved'}
end
keep_rest(name, ARGV[5], ARGV[6])
keep_states(ARGV[8])
if not is_so then
  come_again(id)
  return {'moved'}
end
end_lease(id)
if leave_line(id, redis.call('HGET', name, 'keys')) then
  tell_relays()
end
take_attempt_back(id)
local until_ms, things = tonumber(redis.call('HGET', name, 'until')) or now() + most_ms, {}
for thing in string.gmatch(waits, '(%S+) [^\n]*\n') do
  things[#things + 1] = thing
  redis.call('RPUSH', waiting_for(thing), id)
end
redis.call('HSET', name, 'state', 'parked', 'error', ARGV[4], 'next', until_ms, 'until', until_ms,
  'waits', table.concat(things, ' '))
redis.call('ZADD', delayed, until_ms, id)
redis.call('HINCRBY', counters, 'parked', 1)
return {'parked'}
