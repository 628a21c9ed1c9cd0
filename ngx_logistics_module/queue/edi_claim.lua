#!lua
-- Interchanges of one request (docs/edi.md): takes their control numbers, all of them or none. Its owner takes them
-- again to hold them longer. What is refused anyway takes none, but its number may be that of another.
-- ARGV: owner, ms until they are free again if nobody ends it, then for each: key, digest of its bytes (behind a ?:
-- nothing of it is taken)
-- running, ms | for each: begun, '' | again, '' (as one before it) | other, '' | done, acknowledgement | free, ''
local told, taken = {}, {}
for i = 3, #ARGV, 2 do
  local key = ARGV[i]
  local is_look = ARGV[i + 1]:sub(1, 1) == '?'
  local print = ARGV[i + 1]:sub(is_look and 2 or 1)
  local is = redis.call('HMGET', lane .. ':edi:' .. key, 'print', 'state', 'body', 'owner')
  local is_own = is[1] == print and is[2] == 'running' and is[4] == ARGV[1]
  local word
  if taken[key] then
    word = taken[key] == print and 'again' or 'other'
  elseif not is[1] or is_own then
    word = is_look and 'free' or 'begun'
  else
    word = is[1] ~= print and 'other' or is[2] == 'done' and 'done'
  end
  if not word then
    return {'running', tostring(redis.call('PTTL', lane .. ':edi:' .. key))}
  end
  if word == 'begun' then
    taken[key] = print
  end
  told[#told + 1] = word
  told[#told + 1] = word == 'done' and is[3] or ''
end
for key, print in pairs(taken) do
  local name = lane .. ':edi:' .. key
  redis.call('HSET', name, 'print', print, 'state', 'running', 'owner', ARGV[1])
  redis.call('PEXPIRE', name, ARGV[2])
end
return told
