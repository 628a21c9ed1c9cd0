#!lua flags=allow-oom
-- Things of a request that was answered now have moved. ARGV: a line for each thing: name, what was known of it ('-'
-- for nothing), state, ms it is kept, 1 when it has moved (else 0)
-- for each: '' when that is kept; else what is known of it now ('-' for nothing): somebody was faster
local told = {}
for thing, known, state, keep_ms, has_moved in string.gmatch(ARGV[1], '(%S+) (%S+) (%S+) (%d+) (%d)\n') do
  local is = redis.call('GET', state_of(thing)) or '-'
  if is == known then
    keep_state(thing, state, keep_ms, has_moved == '1')
  end
  told[#told + 1] = is == known and '' or is
end
return told
