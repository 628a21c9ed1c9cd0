#!lua flags=allow-oom
-- Does what Redis holds of the lane's open messages agree? Somebody may have deleted keys or fields, or Redis itself may
-- have (maxmemory without noeviction): no message may stop those behind it for that. What is healthy is left as it is.
-- ARGV: ms of a lease, messages of each class that are passed over, most of each class that are looked at
-- how many to pass over next time (0: that was the end), how many were mended, then ids of those that are gone
local lease_ms, from, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local longest = 200 -- list in which an id is searched for: of a longer one it is done when it has become shorter
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

-- Of how many of its lines another is the first.
local function count_ahead(id, keys)
  local ahead = 0
  for key in string.gmatch(keys, '%S+') do
    local line = line_of(key)
    local first = redis.call('LINDEX', line, 0)
    while first and first ~= id and not holds(first, key) do
      redis.call('LPOP', line)
      mended = mended + 1
      first = redis.call('LINDEX', line, 0)
      if first and first ~= id then
        news = step_up(first) or news
      end
    end
    if first ~= id and not is_in(line, id) then
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

local is_more, open = false, 0
for _, class in ipairs(classes) do
  for _, id in ipairs(redis.call('ZRANGE', open_of(class), from, from + most - 1)) do
    look_at(id, class)
  end
  local n = redis.call('ZCARD', open_of(class))
  is_more = is_more or n > from + most
  open = open + n
end
mend_counters(open)
if news then
  tell_relays()
end
return {is_more and from + most or 0, mended, unpack(gone)}
