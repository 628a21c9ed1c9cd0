#!lua
-- Interchanges of one request (docs/edi.md): takes their control numbers, all of them or none. Its owner takes them
-- again to hold them longer.
-- ARGV: owner, ms until they are free again if nobody ends it, then for each: key, digest of its bytes
-- running, ms | for each: begun, '' | other, '' | done, acknowledgement
local told, free = {}, {}
for i = 3, #ARGV, 2 do
  local name = lane .. ':edi:' .. ARGV[i]
  local is = redis.call('HMGET', name, 'print', 'state', 'body', 'owner')
  local is_own = is[1] == ARGV[i + 1] and is[2] == 'running' and is[4] == ARGV[1]
  local word = (not is[1] or is_own) and 'begun' or is[1] ~= ARGV[i + 1] and 'other' or is[2] == 'done' and 'done'
  if not word then
    return {'running', tostring(redis.call('PTTL', name))}
  end
  if word == 'begun' then
    free[#free + 1] = i
  end
  told[#told + 1] = word
  told[#told + 1] = word == 'done' and is[3] or ''
end
for _, i in ipairs(free) do
  local name = lane .. ':edi:' .. ARGV[i]
  redis.call('HSET', name, 'print', ARGV[i + 1], 'state', 'running', 'owner', ARGV[1])
  redis.call('PEXPIRE', name, ARGV[2])
end
return told
