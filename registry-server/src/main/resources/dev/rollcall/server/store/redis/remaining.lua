-- SPDX-License-Identifier: Apache-2.0
-- The time until leases end.
-- KEYS: 1 meta, 2 inst, 3 lease
-- ARGV: ids
-- Answers one number of ms for each, or '' where there is no lease
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local meta = redis.call('HMGET', KEYS[1], 'outage_end', 'outage_ms')
local answer = {}
for i, id in ipairs(ARGV) do
  local ends, record = redis.call('ZSCORE', KEYS[3], id), redis.call('HGET', KEYS[2], id)
  if ends and record then
    ends = tonumber(ends)
    if meta[1] then
      local ttl = tonumber(string.match(record, '^%d+|%x+|(%d+)|') or '0')
      ends = math.max(ends, tonumber(meta[1]) + tonumber(meta[2]) + ttl)
    end
    answer[i] = ends - now
  else
    answer[i] = ''
  end
end
return answer
