#!lua
-- Takes messages into their lanes, each once, in their order. What is the same for all of a lane is done once: a command
-- that a script calls costs Redis about a microsecond, and most of acceptance is commands. What is the same for all
-- lanes is the call: that of one message costs as much as the message.
-- KEYS: the lanes. ARGV: of each message the number of its texts, then these: id, idempotency key ('' for none),
-- fingerprint, ms its answer is kept, most open messages of the lane; class, order keys, partner, bytes; what is kept of
-- the key when it is accepted (a done record, lgs_once_answer); then more fields and values of the message. '-' stands in
-- front of the messages of the next lane. Behind the last message 0 and traces of other requests, as keep_traces takes
-- them: they share the call, and so the fsync.
-- A list for each: accepted | full | other | running, ms | done, status, type, body, location; an error for those of a lane
-- in which something is not what it should be: it stops no other lane. Behind them, for traces, OK or an error.
local at = string.format('%d', now())
local open    -- messages of the lane
local kept    -- records of idempotency keys that somebody has
local made    -- keys of which this call makes the record, and for how long
local opened  -- by class: times and ids of those that are taken
local free    -- by class: ids of those that may go

local function list_of(lists, class)
  lists[class] = lists[class] or {}
  return lists[class]
end

local function enter_lane(name)
  lane, counters, sums = name, name .. ':n', {}
  open = tonumber(redis.call('HGET', counters, 'open') or 0)
  kept, made, opened, free = {}, {}, {}, {}
end

-- Of the messages from ARGV[i] to ARGV[stop].
local function read_keys(i, stop)
  local keys, names = {}, {}
  while i <= stop do
    if ARGV[i + 2] ~= '' then
      keys[#keys + 1] = ARGV[i + 2]
      names[#names + 1] = idempotency(ARGV[i + 2])
    end
    i = i + 1 + tonumber(ARGV[i])
  end
  for k, text in ipairs(#keys > 0 and redis.call('MGET', unpack(names)) or {}) do
    kept[keys[k]] = text
  end
end

-- The message whose texts are ARGV[i] to ARGV[last].
local function take(i, last)
  local id, key, print = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local class, keys, partner, bytes = ARGV[i + 5], ARGV[i + 6], ARGV[i + 7], ARGV[i + 8]
  if kept[key] then
    return answer_of(key, kept[key], print)
  end
  if open >= tonumber(ARGV[i + 4]) then
    return {'full'}
  end
  local ahead = stand_in_line(id, keys)
  redis.call('HSET', message(id), 'state', 'accepted', 'attempts', '0', 'at', at, 'ahead', ahead, 'class', class,
    'keys', keys, 'partner', partner, 'bytes', bytes, unpack(ARGV, i + 10, last))
  open = open + 1
  local list = list_of(opened, class)
  list[#list + 1] = at
  list[#list + 1] = id
  count_open(partner, bytes, 1)
  count('accepted', 1)
  if ahead == 0 then
    table.insert(list_of(free, class), id)
  end
  if key ~= '' then
    kept[key] = ARGV[i + 9]
    made[#made + 1] = {key, ARGV[i + 3]}
  end
  return {'accepted'}
end

local function write_lane()
  if next(opened) then
    write_counts()
  end
  for class, list in pairs(opened) do
    redis.call('ZADD', open_of(class), unpack(list))
  end
  local is_news = false
  for class, ids in pairs(free) do
    is_news = redis.call('RPUSH', ready(class), unpack(ids)) == #ids or is_news
  end
  -- Last: a key that says "taken" must not be there if one of the writes above failed.
  for _, is in ipairs(made) do
    keep_record(is[1], is[2], kept[is[1]])
  end
  if is_news then
    tell_relays()
  end
end

local function accept_lane(name, i, stop)
  local answers = {}
  enter_lane(name)
  read_keys(i, stop)
  while i <= stop do
    local last = i + tonumber(ARGV[i])
    answers[#answers + 1] = take(i + 1, last)
    i = last + 1
  end
  write_lane()
  return answers
end

local function error_of(why)
  return redis.error_reply(type(why) == 'table' and why.err or why)
end

local replies, i = {}, 1

-- Of one lane, up to the next one's or the end.
local function take_lane(name)
  local first, n = i, 0
  while ARGV[i] and ARGV[i] ~= '-' and ARGV[i] ~= '0' do
    i = i + 1 + tonumber(ARGV[i])
    n = n + 1
  end
  local is_done, answers = pcall(accept_lane, name, first, i - 1)
  for k = 1, n do
    replies[#replies + 1] = is_done and answers[k] or error_of(answers)
  end
end

for k, name in ipairs(KEYS) do
  i = k > 1 and i + 1 or i
  take_lane(name)
end
if ARGV[i] then
  local are_kept, why = pcall(keep_traces, i + 1)
  replies[#replies + 1] = are_kept and 'OK' or error_of(why)
end
return replies
