#!lua flags=allow-oom
-- Callbacks that were given up are sent again: their schedule from the beginning, under the id that they had. ARGV, for
-- each: id, who and why (JSON, kept in the message's history), when it was given up ('' for whenever): one that was sent
-- again and given up once more is not the one that somebody looked at
-- for each: resent | unknown | changed | full
local function resend(id, deed, given_up)
  local is = redis.call('HMGET', message(id), 'callback_state', 'callback_closed', 'partner')
  if is[1] ~= 'given-up' or not is[3] then
    return 'unknown'
  end
  if given_up ~= '' and is[2] ~= given_up then
    return 'changed'
  end
  if not put_callback(id, is[3]) then
    return 'full'
  end
  redis.call('ZREM', untold, id)
  redis.call('HINCRBY', counters, 'callbacks_resent', 1)
  remember(id, deed)
  return 'resent'
end

local told = {}
for i = 1, #ARGV, 3 do
  told[#told + 1] = resend(unpack(ARGV, i, i + 2))
end
return told
