-- SPDX-License-Identifier: Apache-2.0
-- Renews leases. A lease is there exactly as long as its record.
-- KEYS: 1 meta, 2 inst, 3 lease
-- ARGV: 1 epoch, then id, ttl ms, id, ttl ms, ...
-- Answers OK revision missing-id... | EPOCH | LOST
local meta = redis.call('HMGET', KEYS[1], 'epoch', 'revision')
if not meta[1] and ARGV[1] ~= '' then return {'LOST'} end
if meta[1] and meta[1] ~= ARGV[1] then return {'EPOCH'} end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answer = {'OK', tonumber(meta[2] or '0')}
for i = 2, #ARGV, 2 do
  if redis.call('HEXISTS', KEYS[2], ARGV[i]) == 1 then
    if redis.call('ZADD', KEYS[3], 'GT', 'CH', now + tonumber(ARGV[i + 1]), ARGV[i]) == 0 then
      -- a grace, or a term that is not the beat's: the record knows, and what is left of a grace
      -- counts all the same
      local ttl = tonumber(string.match(redis.call('HGET', KEYS[2], ARGV[i]), '^%d+|%x+|(%d+)|'))
      if ttl then redis.call('ZADD', KEYS[3], now + ttl, ARGV[i]) end
    end
  else
    answer[#answer + 1] = ARGV[i]
  end
end
return answer
