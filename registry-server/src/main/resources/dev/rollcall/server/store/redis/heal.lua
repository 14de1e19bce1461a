-- SPDX-License-Identifier: Apache-2.0
-- Takes out of a log what none of us wrote there: it would be in the way of what comes next.
-- KEYS: 1 meta, 2 log
-- ARGV: 1 id of an entry that looks odd, or empty
-- Answers how many were taken out
local kind = redis.call('TYPE', KEYS[2]).ok
if kind == 'none' then return 0 end
local epoch = redis.call('HGET', KEYS[1], 'epoch')
local head = epoch and tonumber(redis.call('HGET', KEYS[1], 'revision')) or 0
if kind ~= 'stream' then
  redis.call('DEL', KEYS[2])
  if epoch then redis.call('HSET', KEYS[1], 'floor', head + 1) end
  return 1
end

local top = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
local revision, sequence = string.match(top and top[1] or '0-0', '^(%d+)-(%d+)$')
if tonumber(revision) > head then
  -- a stream never takes a smaller id again: a new one goes on with the newest entries of this one
  local last = string.format('%.0f-0', head)
  local kept = epoch and redis.call('XREVRANGE', KEYS[2], last, '-', 'COUNT', 1000) or {}
  local all = redis.call('XLEN', KEYS[2])
  redis.call('DEL', KEYS[2])
  local floor = head + 1
  for i = #kept, 1, -1 do
    if string.sub(kept[i][1], -2) == '-0' then
      redis.call('XADD', KEYS[2], kept[i][1], unpack(kept[i][2]))
      floor = math.min(floor, tonumber(string.match(kept[i][1], '^(%d+)')))
    end
  end
  if epoch then redis.call('HSET', KEYS[1], 'floor', floor) end
  return all - redis.call('XLEN', KEYS[2])
end
if string.match(ARGV[1], '^%d+-%d+$') and string.sub(ARGV[1], -2) ~= '-0' then
  return redis.call('XDEL', KEYS[2], ARGV[1])
end
return 0
