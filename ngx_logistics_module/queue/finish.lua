#!lua flags=allow-oom
-- Keeps the answer of the request that has the key, or frees the key (status '').
-- ARGV: key, owner, ms, status, type, body
-- kept | freed | lost
local text = redis.call('GET', idempotency(ARGV[1]))
local is = text and cmsgpack.unpack(text) or {}
if is[3] ~= ARGV[2] or is[2] ~= 'running' then
  return {'lost'}
end
if ARGV[4] == '' then
  redis.call('DEL', idempotency(ARGV[1]))
  return {'freed'}
end
keep_record(ARGV[1], ARGV[3], cmsgpack.pack({is[1], 'done', ARGV[4], ARGV[5], ARGV[6]}))
return {'kept'}
