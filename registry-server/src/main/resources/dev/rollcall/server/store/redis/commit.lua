-- SPDX-License-Identifier: Apache-2.0
-- Keeps one change: all of it or nothing.
-- KEYS: 1 meta, 2 inst, 3 lease, 4 log, 5 gone, 6 loss, 7 names, 8 versions
-- ARGV: 1 epoch decided in, 2 epoch if this is the first change, 3 nonce, 4 namespace, 5 id,
--       6 service, 7 expected revision of the record, 8 revision decided at, 9 usable before,
--       10 put or remove, 11 lapse, 12 loss, 13 ttl ms, 14 begins the lease, 15 record, 16 change,
--       17 most log entries, 18 sent before, 19 versions kept of each record; 0: events are kept
--       instead
-- Answers OK revision epoch | CONFLICT epoch revision | ALIVE | LOST
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local meta = redis.call('HMGET', KEYS[1], 'epoch', 'revision', 'nonce', 'floor', 'swept', 'outage_end', 'outage_ms')
local epoch, revision, last = meta[1], tonumber(meta[2] or '0'), meta[3] or ''
local id, expected, decided = ARGV[5], tonumber(ARGV[7]), tonumber(ARGV[8])

if not epoch and ARGV[1] ~= '' then return {'LOST'} end

local record = redis.call('HGET', KEYS[2], id)
local at, nonce, ttl = 0, '', 0
if record then
  local a, n, t = string.match(record, '^(%d+)|(%x+)|(%d+)|')
  -- nobody can read a record without a header, so whoever writes it may write over it
  at, nonce, ttl = tonumber(a or expected), n or '', tonumber(t or '0')
end
local gone = not record and tonumber(redis.call('ZSCORE', KEYS[5], id) or '0') or 0

-- a reply may be lost, so the same change may come again
local function mine()
  if nonce == ARGV[3] then return at end
  if ARGV[18] ~= '1' then return end
  local after = string.format('%.0f-0', decided + 1)
  for _, entry in ipairs(redis.call('XRANGE', KEYS[4], after, '+', 'COUNT', 2000)) do
    for i = 1, #entry[2], 2 do
      if entry[2][i] == 'n' and entry[2][i + 1] == ARGV[3] then
        return tonumber(string.match(entry[1], '^(%d+)'))
      end
    end
  end
end

local conflict = (epoch and ARGV[1] ~= '' and epoch ~= ARGV[1]) or at ~= expected
if expected == 0 then
  -- absent means: absent ever since it was decided
  conflict = conflict or gone > decided or (epoch and decided < tonumber(meta[4] or '1') - 1)
end
if ARGV[12] == '1' then
  -- losses of a service are decided one after another
  conflict = conflict or tonumber(redis.call('ZSCORE', KEYS[6], ARGV[6]) or '0') > decided
end
if conflict then
  local kept = mine()
  if kept then return {'OK', kept, epoch} end
  return {'CONFLICT', epoch or '', revision}
end
if ARGV[11] == '1' then
  local ends = tonumber(redis.call('ZSCORE', KEYS[3], id) or '0')
  if meta[6] then ends = math.max(ends, tonumber(meta[6]) + tonumber(meta[7]) + ttl) end
  local swept = tonumber(meta[5] or '0')
  if ends > now or now - swept > 5000 or now < swept then return {'ALIVE'} end
end

revision = revision + 1
-- the first write: what can fail fails here, before anything else was written
redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[17], string.format('%.0f-0', revision),
  'n', ARGV[3], 'p', last, 'i', id, 'u', ARGV[9], 't', now, 'c', ARGV[16])
redis.call('HSET', KEYS[1], 'revision', revision, 'nonce', ARGV[3])
if not epoch then
  local info = redis.pcall('INFO', 'server')
  local run = type(info) == 'string' and string.match(info, 'run_id:(%x+)')
  redis.call('HSET', KEYS[1], 'epoch', ARGV[2], 'base', 0, 'swept', now, 'born', now, 'run', run or '')
  redis.call('XADD', KEYS[7], '*', 'n', ARGV[4])
end
if ARGV[10] == 'put' then
  redis.call('HSET', KEYS[2], id, string.format('%.0f|', revision) .. ARGV[3] .. '|' .. ARGV[13] .. '|0|' .. ARGV[15])
  redis.call('ZREM', KEYS[5], id)
  local leased = tonumber(ARGV[13]) > 0
  if leased and (ARGV[14] == '1' or not redis.call('ZSCORE', KEYS[3], id)) then
    redis.call('ZADD', KEYS[3], now + tonumber(ARGV[13]), id)
  end
else
  redis.call('HDEL', KEYS[2], id)
  redis.call('ZREM', KEYS[3], id)
  redis.call('ZADD', KEYS[5], revision, id)
end
if ARGV[12] == '1' then redis.call('ZADD', KEYS[6], revision, ARGV[6]) end
local versions = tonumber(ARGV[19])
if versions > 0 then
  -- the log is the history: of each record so many entries stay in it
  local kept = {}
  for r in string.gmatch(redis.call('HGET', KEYS[8], id) or '', '%d+') do kept[#kept + 1] = r end
  kept[#kept + 1] = string.format('%.0f', revision)
  while #kept > versions do redis.call('XDEL', KEYS[4], table.remove(kept, 1) .. '-0') end
  redis.call('HSET', KEYS[8], id, table.concat(kept, ' '))
end
return {'OK', revision, epoch or ARGV[2]}
