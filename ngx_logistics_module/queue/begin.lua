#!lua
-- Takes an idempotency key for a request that is answered now.
-- ARGV: key, fingerprint, owner, ms until the key is free again if nobody ends it
-- begun | other | running, ms | done, status, type, body, location
local found = known(ARGV[1], ARGV[2])
if found then
  return found
end
redis.call('SET', idempotency(ARGV[1]), cmsgpack.pack({ARGV[2], 'running', ARGV[3]}), 'PX', ARGV[4])
return {'begun'}
