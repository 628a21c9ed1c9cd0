#!lua flags=no-writes
-- Where things are (docs/order.md). ARGV: their names with blanks between them. For each what was kept of it; '' when
-- nothing is known.
local states = {}
for thing in string.gmatch(ARGV[1], '%S+') do
  states[#states + 1] = redis.call('GET', state_of(thing)) or ''
end
return states
