#!lua flags=no-writes
-- Callbacks of the lane that were given up, newest first. ARGV and what it returns: newest_of, with partner ('' for any)
-- and a part of what was said when they were given up; of each its id, and names and values of its message
local fields = {'callback_state', 'partner', 'callback_last', 'route', 'class', 'correlation', 'state', 'at', 'closed',
  'attempts', 'callback_event', 'callback_attempts', 'callback_at', 'callback_closed'}
return newest_of(untold, fields, function(is)
  return is[1] == 'given-up' and (ARGV[3] == '' or is[2] == ARGV[3])
    and (ARGV[4] == '' or string.find(is[3] or '', ARGV[4], 1, true))
end, function(out, id, is)
  out[#out + 1] = id
  for k, field in ipairs(fields) do
    out[#out + 1] = field
    out[#out + 1] = is[k] or ''
  end
end)
