#!lua flags=allow-oom
-- Keeps the answer of the request that has the key, or frees the key (status '').
-- ARGV: key, owner, ms, status, type, body
-- kept | freed | lost
local name = lane .. ':i:' .. ARGV[1]
local is = redis.call('HMGET', name, 'owner', 'state')
if is[1] ~= ARGV[2] or is[2] ~= 'running' then
  return {'lost'}
end
if ARGV[4] == '' then
  redis.call('DEL', name)
  return {'freed'}
end
redis.call('HSET', name, 'state', 'done', 'status', ARGV[4], 'type', ARGV[5], 'body', ARGV[6])
redis.call('PEXPIRE', name, ARGV[3])
return {'kept'}
