#!lua flags=allow-oom
-- A relay is there; kept in one lane for all. ARGV: its name, ms until it counts as gone, its breaker (closed,
-- open, half-open), deliveries under way
-- seen
local name, keep_ms = ARGV[1], tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', relays, '-inf', now())
redis.call('ZADD', relays, now() + keep_ms, name)
redis.call('HSET', relays .. ':' .. name, 'breaker', ARGV[3], 'calls', ARGV[4])
redis.call('PEXPIRE', relays .. ':' .. name, keep_ms)
return {'seen'}
