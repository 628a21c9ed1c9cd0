#!lua flags=no-writes
-- Of some messages those that are in this lane. ARGV: dead | given-up, as of letters_from; ids
-- for each its id and what queue/letter.c takes of a picked letter
local out = {}
local fields = ARGV[1] == 'given-up' and untold_fields or letter_fields
for i = 2, #ARGV do
  local is = redis.call('HMGET', message(ARGV[i]), unpack(fields))
  if is[10] or is[1] then
    add_letter(out, ARGV[i], is)
  end
end
return out
