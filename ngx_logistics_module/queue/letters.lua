#!lua flags=no-writes
-- Dead letters of the lane, newest first. ARGV and what it returns: newest_of, with partner and reason ('' for any)
return newest_of(dead, letter_fields, function(is)
  return is[10] and (ARGV[3] == '' or is[1] == ARGV[3]) and (ARGV[4] == '' or is[8] == ARGV[4])
end, add_letter)
