#!lua
-- Takes control numbers of ours: counted up for each relation, never the same twice until nine digits are
-- used up. ARGV: for each: key of the relation, how many
-- for each: the first of them; those behind it follow without a gap
local most, told = 999999999, {}
for i = 1, #ARGV, 2 do
  local name, n = lane .. ':edi-number:' .. ARGV[i], tonumber(ARGV[i + 1])
  local first = (redis.call('INCRBY', name, n) - n) % most + 1
  if first + n - 1 > most then
    first = (redis.call('INCRBY', name, n) - n) % most + 1
  end
  told[#told + 1] = string.format('%d', first)
end
return told
