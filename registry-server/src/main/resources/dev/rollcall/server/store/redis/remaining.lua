-- SPDX-License-Identifier: Apache-2.0
-- The time until leases end, and since they were heard.
-- KEYS: 1 meta, 2 inst, 3 lease, 4 heard
-- ARGV: ids
-- Answers two numbers of ms for each, or '' '' where there is no lease
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local meta = redis.call('HMGET', KEYS[1], 'outage_end', 'outage_ms')
local answer = {}
for i, id in ipairs(ARGV) do
  local ends, record = redis.call('ZSCORE', KEYS[3], id), redis.call('HGET', KEYS[2], id)
  if ends and record then
    ends = tonumber(ends)
    local ttl = tonumber(string.match(record, '^%d+|%x+|(%d+)|') or '0')
    local heard = math.floor(ends) - ttl
    if ends % 1 ~= 0 then heard = tonumber(redis.pcall('HGET', KEYS[4], id)) or heard end
    if meta[1] then ends = math.max(ends, tonumber(meta[1]) + tonumber(meta[2]) + ttl) end
    answer[2 * i - 1], answer[2 * i] = math.floor(ends) - now, now - heard
  else
    answer[2 * i - 1], answer[2 * i] = '', ''
  end
end
return answer
