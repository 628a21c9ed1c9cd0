#!lua
-- Takes an idempotency key for a request that is answered now.
-- ARGV: key, fingerprint, owner, ms until the key is free again if nobody ends it
-- begun | other | running, ms | done, status, type, body, location
local name = lane .. ':i:' .. ARGV[1]
local found = known(name, ARGV[2])
if found then
  return found
end
redis.call('HSET', name, 'print', ARGV[2], 'state', 'running', 'owner', ARGV[3])
redis.call('PEXPIRE', name, ARGV[4])
return {'begun'}
