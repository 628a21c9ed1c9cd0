#!lua flags=no-writes
-- What became of a message. ARGV: id, 1 when the records that are left and why are wanted. A list of fields and values;
-- empty when it is not known.
local shown = shown_fields()
if ARGV[2] == '1' then
  shown[#shown + 1] = 'body'
  shown[#shown + 1] = 'whys'
end
local values, out = redis.call('HMGET', message(ARGV[1]), unpack(shown)), {}
for i, field in ipairs(shown) do
  if values[i] then
    out[#out + 1] = field
    out[#out + 1] = values[i]
  end
end
return out
