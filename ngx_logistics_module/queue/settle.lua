#!lua flags=allow-oom
-- Messages are delivered. ARGV: ms that their outcomes are kept, then for each: id, token, outcome (JSON), where its
-- things are (keep_states; '' for none)
-- for each: ms from acceptance | moved: it comes again | lost
local bounds = {'0.1', '0.25', '0.5', '1', '2.5', '5', '10', '30', '60', '300', '1800', '7200'}
local time, closed, woken, told = now(), {}, false, {}
local at_text = string.format('%d', time)

local function count_time(class, took_ms)
  local bound = '+Inf'
  for _, seconds in ipairs(bounds) do
    if took_ms <= seconds * 1000 then
      bound = seconds
      break
    end
  end
  count('took:' .. class .. ':' .. bound, 1)
  count('took_ms:' .. class, took_ms)
end

local function settle(id, token, outcome, states)
  local name = message(id)
  local is = redis.call('HMGET', name, 'state', 'token', 'class', 'keys', 'bytes', 'partner', 'at', 'notify', 'callback',
    'attempts')
  if is[1] ~= 'delivering' or is[2] ~= token then
    return 'lost'
  end
  if states ~= '' and not is_current(states) then
    come_again(id)
    return 'moved'
  end
  local class, took_ms = class_of(id, is[3]), time - (tonumber(is[7]) or time)
  redis.call('HDEL', name, 'token', 'body', 'source', 'error', 'left', 'until', 'due')
  redis.call('HSET', name, 'state', 'delivered', 'outcome', outcome, 'closed', at_text)
  redis.call('PEXPIRE', name, ARGV[1])
  redis.call('ZREM', open_of(class), id)
  closed[#closed + 1] = id
  woken = leave_line(id, is[4]) or woken
  if states ~= '' then
    keep_states(states)
  end
  count_open(is[6], is[5], -1)
  count('delivered', 1)
  if is[6] then
    count('delivered:' .. is[6], 1)
  end
  count_time(class, took_ms)
  count_tries(class, is[10])
  if is[8] and is[8] ~= '' then
    redis.call('PUBLISH', is[8], id)
  end
  if is[9] then
    call_back(id, 'delivered')
  end
  return string.format('%d', took_ms)
end

for i = 2, #ARGV, 4 do
  told[#told + 1] = settle(ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3])
end
if #closed > 0 then
  redis.call('ZREM', leases, unpack(closed))
  write_counts()
end
if woken then
  tell_relays()
end
return told
