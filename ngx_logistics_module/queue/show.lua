#!lua flags=no-writes
-- What became of a message. ARGV: id. A list of fields and values without its records; empty when it is
-- not known.
local shown = shown_fields()
local values, out = redis.call('HMGET', message(ARGV[1]), unpack(shown)), {}
for i, field in ipairs(shown) do
  if values[i] then
    out[#out + 1] = field
    out[#out + 1] = values[i]
  end
end
return out
