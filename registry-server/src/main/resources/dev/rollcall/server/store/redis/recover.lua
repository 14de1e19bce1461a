-- SPDX-License-Identifier: Apache-2.0
-- Brings back one change of the lost lineage. Of what several servers bring back of one record the
-- newest wins; what was changed since, in this lineage, stays.
-- KEYS: 1 meta, 2 inst, 3 lease, 4 log, 5 gone
-- ARGV: 1 epoch, 2 nonce, 3 id, 4 its revision in the lost lineage, 5 last common revision,
--       6 put or remove, 7 ttl ms, 8 record, 9 change, 10 usable before, 11 most log entries
-- Answers OK revision | STALE | EPOCH
local meta = redis.call('HMGET', KEYS[1], 'epoch', 'revision', 'nonce', 'founded')
if meta[1] ~= ARGV[1] then return {'EPOCH'} end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local id, origin, fork, founded = ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(meta[4] or '0')

local function origin_of(entry)
  for i = 1, #entry[2], 2 do
    if entry[2][i] == 'o' then return tonumber(entry[2][i + 1]) end
  end
end

-- how new what is here is, counted in the lost lineage; nil: it belongs to this lineage
local function known()
  local record = redis.call('HGET', KEYS[2], id)
  local at, brought
  if record then
    local a, o = string.match(record, '^(%d+)|%x+|%d+|(%d+)|')
    -- one without a header is none
    at, brought = tonumber(a or '0'), tonumber(o or '0')
  else
    at = tonumber(redis.call('ZSCORE', KEYS[5], id) or '0')
    if at > founded then
      local place = string.format('%.0f-0', at)
      local entry = redis.call('XRANGE', KEYS[4], place, place)[1]
      brought = entry and origin_of(entry)
    end
  end
  if at <= fork then return at end
  if at > founded and brought and brought > 0 then return brought end
end

local here = known()
if not here or here >= origin then return {'STALE'} end

local revision = tonumber(meta[2]) + 1
redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[11], string.format('%.0f-0', revision),
  'n', ARGV[2], 'p', meta[3], 'i', id, 'u', ARGV[10], 't', now, 'c', ARGV[9], 'o', origin)
redis.call('HSET', KEYS[1], 'revision', revision, 'nonce', ARGV[2])
if ARGV[6] == 'put' then
  redis.call('HSET', KEYS[2], id, string.format('%.0f|', revision) .. ARGV[2] .. '|' .. ARGV[7] .. '|' .. ARGV[4] .. '|' .. ARGV[8])
  redis.call('ZREM', KEYS[5], id)
  redis.call('ZADD', KEYS[3], now + tonumber(ARGV[7]), id)
else
  redis.call('HDEL', KEYS[2], id)
  redis.call('ZREM', KEYS[3], id)
  redis.call('ZADD', KEYS[5], revision, id)
end
return {'OK', revision}
