#!lua flags=no-writes
-- Callbacks of the lane that were given up, newest first. ARGV as of `letters`, but for the reason: it is a part of what
-- was said when they were given up
-- ms up to which all was looked at ('' when that is all there is), then for each its id, and names and values of its
-- message, as many as there are fields here (queue/letter.c)
local shown = {'callback_state', 'partner', 'callback_last', 'route', 'class', 'correlation', 'state', 'at', 'closed',
  'attempts', 'callback_event', 'callback_attempts', 'callback_at', 'callback_closed'}
local most, looked, out = tonumber(ARGV[5]), 0, {''}
local found = redis.call('ZREVRANGEBYSCORE', untold, ARGV[2], ARGV[1], 'WITHSCORES', 'LIMIT', 0, ARGV[6])
for i = 1, #found, 2 do
  local is = redis.call('HMGET', message(found[i]), unpack(shown))
  local fits = is[1] == 'given-up' and (ARGV[3] == '' or is[2] == ARGV[3])
    and (ARGV[4] == '' or string.find(is[3] or '', ARGV[4], 1, true))
  if fits and most == 0 then
    out[1] = found[i + 1]
    break
  end
  if fits then
    most = most - 1
    out[#out + 1] = found[i]
    for k, field in ipairs(shown) do
      out[#out + 1] = field
      out[#out + 1] = is[k] or ''
    end
  end
  looked = looked + 1
end
if out[1] == '' and looked == tonumber(ARGV[6]) then
  out[1] = found[#found]
end
return out
