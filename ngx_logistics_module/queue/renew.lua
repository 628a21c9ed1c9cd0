#!lua flags=allow-oom
-- Makes leases longer. ARGV: ms, then ids and tokens. Ids of those that are lost.
local until_ms, lost = now() + tonumber(ARGV[1]), {}
for i = 2, #ARGV, 2 do
  if is_leased(ARGV[i], ARGV[i + 1]) then
    redis.call('ZADD', leases, until_ms, ARGV[i])
  else
    lost[#lost + 1] = ARGV[i]
  end
end
return lost
