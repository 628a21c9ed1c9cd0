#!lua flags=no-writes
-- Of some messages those that are in this lane. ARGV: ids
-- for each its id and what queue/letter.c takes of a picked letter
local out = {}
for _, id in ipairs(ARGV) do
  local is = redis.call('HMGET', message(id), unpack(letter_fields))
  if is[10] then
    add_letter(out, id, is)
  end
end
return out
