#!lua flags=allow-oom
-- Keeps the acknowledgements of interchanges that the request has claimed, or frees their numbers ('').
-- ARGV: owner, ms, then for each: key, acknowledgement
-- for each: kept | freed | lost
local told = {}
for i = 3, #ARGV, 2 do
  local name = lane .. ':edi:' .. ARGV[i]
  local is = redis.call('HMGET', name, 'owner', 'state')
  if is[1] ~= ARGV[1] or is[2] ~= 'running' then
    told[#told + 1] = 'lost'
  elseif ARGV[i + 1] == '' then
    redis.call('DEL', name)
    told[#told + 1] = 'freed'
  else
    redis.call('HSET', name, 'state', 'done', 'body', ARGV[i + 1], 'at', now())
    redis.call('PEXPIRE', name, ARGV[2])
    told[#told + 1] = 'kept'
  end
end
return told
