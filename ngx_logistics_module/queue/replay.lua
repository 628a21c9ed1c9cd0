#!lua flags=allow-oom
-- Dead letters are accepted once more, each at the end of its lines. ARGV, for each: id, records in place of its own and
-- what they are about ('' and '' for none), who and why (JSON, kept in the message's history), when it died ('' for
-- whenever): a letter that was replayed and died again meanwhile is not the one that somebody looked at
-- for each: replayed | unknown | changed | damaged: somebody took from it what nobody else knows
local function replay(id, body, keys, deed, died)
  local name = message(id)
  local is = redis.call('HMGET', name, 'state', 'closed', 'partner', 'route', 'keys', 'body', 'class', 'at', 'bytes')
  local other = other_than_seen(is[1], is[2], died)
  if other then
    return other
  end
  if not is[3] or not is[4] or (body == '' and not (is[5] and is[6])) then
    return 'damaged'
  end
  local class, at = class_of(id, is[7]), string.format('%d', tonumber(is[8]) or now())
  redis.call('ZREM', dead, id)
  redis.call('PERSIST', name)
  end_callback(id, is[3]) -- it has no outcome now
  redis.call('HDEL', name, 'reason', 'error', 'whys', 'closed', 'until', 'due', 'callback_event', 'callback_state',
    'callback_attempts', 'callback_at', 'callback_last', 'callback_keep', 'callback_closed')
  redis.call('ZREM', untold, id)
  if body ~= '' then
    redis.call('HSET', name, 'body', body, 'keys', keys)
  end
  local bytes = body == '' and tonumber(is[9])
    or redis.call('HSTRLEN', name, 'body') + redis.call('HSTRLEN', name, 'source')
  redis.call('HSET', name, 'attempts', '0', 'bytes', bytes, 'class', class, 'at', at)
  remember(id, deed)
  redis.call('ZADD', open_of(class), at, id)
  count_open(is[3], bytes, 1)
  count('replayed', 1)
  enter(id)
  return 'replayed'
end

local told = {}
for i = 1, #ARGV, 5 do
  told[#told + 1] = replay(unpack(ARGV, i, i + 4))
end
if next(sums) then
  write_counts()
end
return told
