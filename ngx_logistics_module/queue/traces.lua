#!lua
-- Keeps traces.
-- ARGV: as keep_traces takes them
-- OK
keep_traces(1)
return 'OK'
