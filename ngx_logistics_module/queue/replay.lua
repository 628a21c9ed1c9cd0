#!lua flags=allow-oom
-- Dead letters are accepted once more, each at the end of its lines. ARGV, for each: id, records in place of its own and
-- what they are about ('' and '' for none), who and why (JSON, kept in the message's history), when it died ('' for
-- whenever): a letter that was replayed and died again meanwhile is not the one that somebody looked at
-- for each: replayed | unknown | changed | damaged: somebody took from it what it needs to go
local function replay(id, body, keys, deed, died)
  local name = message(id)
  local is = redis.call('HMGET', name, 'state', 'closed', 'class', 'at', 'partner', 'bytes')
  if is[1] ~= 'dead' then
    return 'unknown'
  end
  if died ~= '' and is[2] ~= died then
    return 'changed'
  end
  local bytes = tonumber(is[6])
  if not (is[3] and is[4] and is[5] and bytes) then
    return 'damaged'
  end
  redis.call('ZREM', dead, id)
  redis.call('PERSIST', name)
  end_callback(id, is[5]) -- it has no outcome now
  redis.call('HDEL', name, 'reason', 'error', 'closed', 'until', 'due', 'callback_event', 'callback_state',
    'callback_attempts', 'callback_at', 'callback_last', 'callback_keep', 'callback_closed')
  redis.call('ZREM', untold, id)
  redis.call('HSET', name, 'attempts', '0')
  if body ~= '' then
    bytes = #body + redis.call('HSTRLEN', name, 'source')
    redis.call('HSET', name, 'body', body, 'keys', keys, 'bytes', bytes)
  end
  remember(id, deed)
  redis.call('ZADD', open_of(is[3]), is[4], id)
  count_open(is[5], bytes, 1)
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
