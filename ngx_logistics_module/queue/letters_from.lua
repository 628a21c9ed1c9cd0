#!lua flags=no-writes
-- Dead letters of the lane, or callbacks that were given up, oldest first, a piece at a time: for who works off all of them. ARGV: from and until (ms since
-- 1970; until '' for now), partner and reason ('' for any), most letters, most that are looked at, and of those that died
-- at `from` the last one that was looked at before ('' for none); dead | given-up: which of the two. Of a callback a part
-- of the reason is enough: it is what the partner's server answered last
-- until, time and id of the last one that was looked at ('' and '' when that is all there is), then for each letter its id
-- and what queue/letter.c takes of a picked letter
local from, before = ARGV[1], ARGV[7]
local till = ARGV[2] ~= '' and ARGV[2] or string.format('%d', now())
local most, most_looked = tonumber(ARGV[5]), tonumber(ARGV[6])
local state, set, fields = ARGV[8], dead, letter_fields
if state == 'given-up' then
  set, fields = untold, untold_fields
end
local out, taken, looked, at = {till, '', ''}, 0, 0, 0

local function has_reason(reason)
  return ARGV[4] == '' or reason == ARGV[4] or (set == untold and reason and string.find(reason, ARGV[4], 1, true))
end

local function look(id)
  local is = redis.call('HMGET', message(id), unpack(fields))
  if is[10] == state and (ARGV[3] == '' or is[1] == ARGV[3]) and has_reason(is[8]) then
    taken = taken + 1
    add_letter(out, id, is)
  end
end

local found
repeat
  found = redis.call('ZRANGEBYSCORE', set, from, till, 'WITHSCORES', 'LIMIT', at, 100)
  for i = 1, #found, 2 do
    local is_new = found[i + 1] ~= from or found[i] > before
    if is_new and (taken == most or looked == most_looked) then
      return out
    end
    if is_new then
      looked = looked + 1
      out[2], out[3] = found[i + 1], found[i]
      look(found[i])
    end
  end
  at = at + 100
until #found == 0
out[2], out[3] = '', ''
return out
