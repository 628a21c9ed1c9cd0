#!lua flags=no-writes
-- All of a message, for operators. ARGV: id, 1 when its records and the partner's bytes are wanted. A list of
-- fields and values; empty when it is not known.
local out, has_all = redis.call('HGETALL', message(ARGV[1])), ARGV[2] == '1'
local shown = {}
for i = 1, #out, 2 do
  if has_all or (out[i] ~= 'body' and out[i] ~= 'source') then
    shown[#shown + 1] = out[i]
    shown[#shown + 1] = out[i + 1]
  end
end
return shown
