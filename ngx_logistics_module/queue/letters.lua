#!lua flags=no-writes
-- Dead letters of the lane, newest first. ARGV: from and until (ms since 1970), partner and reason ('' for any),
-- most letters, most that are looked at
-- ms up to which all was looked at ('' when that is all there is), then for each letter its id and what
-- queue/letter.c takes, in that order
local shown = {'partner', 'route', 'class', 'correlation', 'at', 'closed', 'attempts', 'reason', 'error'}
local most, looked, out = tonumber(ARGV[5]), 0, {''}
local found = redis.call('ZREVRANGEBYSCORE', dead, ARGV[2], ARGV[1], 'WITHSCORES', 'LIMIT', 0, ARGV[6])
for i = 1, #found, 2 do
  local is = redis.call('HMGET', message(found[i]), unpack(shown))
  local fits = is[1] and (ARGV[3] == '' or is[1] == ARGV[3]) and (ARGV[4] == '' or is[8] == ARGV[4])
  if fits and most == 0 then
    out[1] = found[i + 1]
    break
  end
  if fits then
    most = most - 1
    out[#out + 1] = found[i]
    for k = 1, #shown do
      out[#out + 1] = is[k] or ''
    end
  end
  looked = looked + 1
end
if out[1] == '' and looked == tonumber(ARGV[6]) then
  out[1] = found[#found]
end
return out
