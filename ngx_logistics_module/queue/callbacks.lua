#!lua flags=no-writes
-- Partners of the lane that wait to be told of an outcome: for each its name and the ms until the first is due. ARGV:
-- most of them
local out, time = {}, now()
local found = redis.call('ZRANGE', callbacks, 0, tonumber(ARGV[1]) - 1, 'WITHSCORES')
for i = 1, #found, 2 do
  out[#out + 1] = found[i]
  out[#out + 1] = string.format('%d', math.max(tonumber(found[i + 1]) - time, 0))
end
return out
