#!lua flags=allow-oom
-- Does what Redis holds of the lane's open messages agree? Somebody may have deleted keys or fields, or Redis itself may
-- have (maxmemory without noeviction): no message may stop those behind it for that. What is healthy is left as it is.
-- ARGV: ms of a lease, messages of each class that are passed over, most of each class that are looked at
-- how many to pass over next time (0: that was the end), how many were mended, then ids of those that are gone
-- Whatever waits, a call is short: it ends early when it has looked at enough, and the next one goes on there.
local lease_ms, from, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local longest = 200 -- list in which an id is searched for: of a longer one it is done when it has become shorter
local long = 1000   -- line in which an id is looked for near those of its age first
local near = 100    -- places before and behind that
local left = 100000 -- places of lines that may still be looked at: one search of a whole line, when it must be
local popping = 400 -- places that cost as much as taking one out of its line
local by_age = {}   -- of a long line, ids of a part of it
local time, mended, gone, news = now(), 0, {}, false

-- A key that is no hash is none that a script wrote.
local function read(id, ...)
  local is = redis.pcall('HMGET', message(id), ...)
  if not is.err then
    return is
  end
  redis.call('DEL', message(id))
  return {}
end

local function is_in(list, id)
  return redis.call('LPOS', list, id)
end

-- Must those behind it wait for it? Not for one that is gone or decided, or stands in other lines.
local function holds(id, key)
  local is = read(id, 'state', 'keys')
  if is[1] == 'delivering' or is[1] == 'retrying' or redis.call('ZSCORE', leases, id) then
    return true
  end
  local is_decided = is[1] == 'delivered' or is[1] == 'dead' or is[1] == 'dropped' or is[1] == 'parked'
  return not is_decided and is[2] and string.find(' ' .. is[2] .. ' ', ' ' .. key .. ' ', 1, true)
end

-- Where those begin that are as old, if the line is in the order of acceptance: most of it is.
local function place_of_age(line, at, n)
  local low, high = 0, n
  while low < high do
    local middle = math.floor((low + high) / 2)
    local age = tonumber(read(redis.call('LINDEX', line, middle), 'at')[1])
    if age and age >= at then
      high = middle
    else
      low = middle + 1
    end
  end
  return low
end

local function ids_near(line, at, n)
  local place, ids = place_of_age(line, at, n), {}
  for _, id in ipairs(redis.call('LRANGE', line, math.max(place - near, 0), place + most + near)) do
    ids[id] = true
  end
  return ids
end

local function stands_in(line, id)
  local n = redis.call('LLEN', line)
  if n > long then
    local at = tonumber(read(id, 'at')[1]) or 0
    by_age[line] = by_age[line] or ids_near(line, at, n)
    if by_age[line][id] or redis.call('LPOS', line, id, 'RANK', -1, 'MAXLEN', near) then
      return true
    end
  end
  left = left - n
  return is_in(line, id)
end

-- Of how many of its lines another is the first.
local function count_ahead(id, keys)
  local ahead = 0
  for key in string.gmatch(keys, '%S+') do
    local line = line_of(key)
    local first = redis.call('LINDEX', line, 0)
    while left > 0 and first and first ~= id and not holds(first, key) do
      redis.call('LPOP', line)
      left = left - popping
      mended = mended + 1
      first = redis.call('LINDEX', line, 0)
      if first and first ~= id then
        news = step_up(first) or news
      end
    end
    if first ~= id and not stands_in(line, id) then
      redis.call('RPUSH', line, id)
    end
    ahead = ahead + (first and first ~= id and 1 or 0)
  end
  return ahead
end

-- It may go: is it in the list of its class?
local function put_where_it_goes(id, class, has_waited)
  local list = ready(class)
  if has_waited or (redis.call('LLEN', list) <= longest and not is_in(list, id)) then
    mended = mended + 1
    news = make_ready(id, class) or news
  end
end

local function mend_accepted(id, class)
  local is = redis.call('HMGET', message(id), 'state', 'keys', 'ahead')
  local ahead = string.format('%d', count_ahead(id, is[2] or ''))
  if is[1] ~= 'accepted' then
    redis.call('ZREM', delayed, id)
    redis.call('HSET', message(id), 'state', 'accepted')
  end
  if is[3] ~= ahead then
    redis.call('HSET', message(id), 'ahead', ahead)
  end
  if ahead == '0' then
    put_where_it_goes(id, class, is[3] ~= ahead)
  end
end

-- Somebody must look after it when its time has come.
local function mend_time(set, id, at)
  if not redis.call('ZSCORE', set, id) then
    mended = mended + 1
    redis.call('ZADD', set, string.format('%d', at), id)
  end
end

local function forget(id, class)
  redis.call('ZREM', open_of(class), id)
  redis.call('ZREM', delayed, id)
  redis.call('HINCRBY', counters, 'gone', 1)
  gone[#gone + 1] = id
end

-- What has lost its state, or all, while somebody delivers it: those behind it wait until the lease has ended.
local function look_at(id, class)
  local state = read(id, 'state')[1]
  if state == 'delivering' then
    mend_time(leases, id, time + lease_ms)
  elseif state == 'retrying' or state == 'parked' then
    mend_time(delayed, id, time)
  elseif not redis.call('ZSCORE', leases, id) then
    local is_there = state or redis.call('EXISTS', message(id)) == 1
    local look = is_there and mend_accepted or forget
    look(id, class)
  end
end

-- What is counted of messages that are gone is known by nobody: it is none when nothing is open.
local function mend_counters(open)
  if tonumber(redis.call('HGET', counters, 'open') or 0) ~= open then
    redis.call('HSET', counters, 'open', open)
  end
  for _, name in ipairs(open == 0 and redis.call('HKEYS', counters) or {}) do
    if name == 'bytes' or name == 'parked' or string.sub(name, 1, 8) == 'partner:' then
      redis.call('HDEL', counters, name)
    end
  end
end

local ids, looked = {}, 0
for _, class in ipairs(classes) do
  ids[class] = redis.call('ZRANGE', open_of(class), from, from + most - 1)
end
while looked < most and left > 0 do
  looked = looked + 1
  for _, class in ipairs(classes) do
    if ids[class][looked] then
      look_at(ids[class][looked], class)
    end
  end
end
local is_more, open = false, 0
for _, class in ipairs(classes) do
  local n = redis.call('ZCARD', open_of(class))
  is_more = is_more or n > from + looked
  open = open + n
end
mend_counters(open)
if news then
  tell_relays()
end
return {is_more and from + looked or 0, mended, unpack(gone)}
