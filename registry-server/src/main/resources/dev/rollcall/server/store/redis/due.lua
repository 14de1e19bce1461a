-- SPDX-License-Identifier: Apache-2.0
-- Marks that leases are looked after, and lists those that have ended. It removes nothing: each
-- becomes a change of its own, which asks again.
-- KEYS: 1 meta, 2 inst, 3 lease, 4 log, 5 gone, 6 loss, 7 heard
-- ARGV: 1 epoch, 2 most, 3 soon ms or 0, 4 oldest log entry ms, 5 servers that died lately, 6 ms that
--       one of them may have been dead before that was known, 7 more ms than this without a look
--       are an outage, 8 the most ms that one adds
-- Answers OK leases looked-at silent id heard-ms-ago ... | EPOCH | LOST
local meta = redis.call('HMGET', KEYS[1], 'epoch', 'swept', 'outage_end', 'outage_ms', 'revision', 'dead')
if not meta[1] then return {'LOST'} end
if meta[1] ~= ARGV[1] then return {'EPOCH'} end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local swept = tonumber(meta[2] or now)
local outage_end, outage_ms = tonumber(meta[3] or '0'), tonumber(meta[4] or '0')

local function ttl_of(id)
  local record = redis.call('HGET', KEYS[2], id)
  return record and tonumber(string.match(record, '^%d+|%x+|(%d+)|') or '0')
end

if now < swept then
  -- the clock went back: no lease may last longer than its term from now
  local all = redis.call('ZRANGE', KEYS[3], 0, -1, 'WITHSCORES')
  for i = 1, #all, 2 do
    local ttl = ttl_of(all[i])
    if ttl then redis.call('ZADD', KEYS[3], 'XX', 'LT', now + ttl + tonumber(all[i + 1]) % 1, all[i]) end
  end
end
-- for so long nobody may have been heard: of each kind at most three times in ten minutes, so that
-- hiccups leave a real outage its own
local function grace(length, kind)
  local known = redis.call('HMGET', KEYS[1], kind, kind .. '_since')
  local graces, since = tonumber(known[1] or '0'), tonumber(known[2] or '0')
  if now - since > 600000 or now < since then graces, since = 0, now end
  length = math.min(math.max(length, 0), tonumber(ARGV[8]))
  -- and none takes back what an earlier one gave
  if graces < 3 and (now + length > outage_end + outage_ms or now < outage_end) then
    outage_end, outage_ms = now, length
    redis.call('HSET', KEYS[1], 'outage_end', outage_end, 'outage_ms', outage_ms,
      kind, graces + 1, kind .. '_since', since)
  end
end
local dead, died = meta[6] or '', false
for server in string.gmatch(ARGV[5], '%S+') do
  if not string.find(dead, server, 1, true) then
    dead, died = string.sub(server .. ' ' .. dead, 1, 500), true
  end
end
if died then redis.call('HSET', KEYS[1], 'dead', dead) end
if now < swept or now - swept > tonumber(ARGV[7]) then
  -- nobody looked
  grace(now - swept, now - swept > 5000 and 'graces' or 'short_graces')
end
if died then
  -- who beat there has to find another server first
  grace(tonumber(ARGV[6]), 'graces')
end
redis.call('HSET', KEYS[1], 'swept', now)

local leases = redis.call('ZCARD', KEYS[3])
local answer = {'OK', leases, 0, 0}
local ended = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'WITHSCORES', 'LIMIT', 0, ARGV[2])
local marked = false
for i = 1, #ended, 2 do
  local id, ttl = ended[i], ttl_of(ended[i])
  if not ttl then
    redis.call('ZREM', KEYS[3], id)
  else
    local ends = tonumber(ended[i + 1])
    local heard = math.floor(ends) - ttl
    -- a beat's end is a whole number, so half of one tells that this is the end of a grace
    if ends % 1 ~= 0 then
      heard = tonumber(redis.pcall('HGET', KEYS[7], id)) or heard
    end
    if outage_end > 0 then ends = math.max(ends, outage_end + outage_ms + ttl + 0.5) end
    if ends > now then
      redis.call('ZADD', KEYS[3], 'XX', ends, id)
      redis.pcall('HSET', KEYS[7], id, string.format('%.0f', heard))
      marked = true
    elseif ttl == 0 and now - ends > 10000 then
      -- without a header nobody serves it, so nobody takes it off either
      redis.call('HDEL', KEYS[2], id)
      redis.call('ZREM', KEYS[3], id)
    else
      answer[#answer + 1] = id
      answer[#answer + 1] = now - heard
    end
  end
end
-- whoever is held, or not looked at during another outage, is asked for long after its lease ended
if marked then redis.call('PEXPIRE', KEYS[7], 172800000) end

if tonumber(ARGV[3]) > 0 then
  answer[3], answer[4] = leases, redis.call('ZCOUNT', KEYS[3], '-inf', now + tonumber(ARGV[3]))
elseif #answer > 4 then
  -- whether that is everybody's silence: of some, who has missed two beats
  local some = redis.call('ZRANDMEMBER', KEYS[3], 200, 'WITHSCORES')
  for i = 1, #some, 2 do
    local ttl = ttl_of(some[i])
    if ttl then
      answer[3] = answer[3] + 1
      if tonumber(some[i + 1]) - now < 0.4 * ttl then answer[4] = answer[4] + 1 end
    end
  end
end

-- what is older than the oldest log entry that is kept goes, a few entries a time
local function oldest() return redis.call('XRANGE', KEYS[4], '-', '+', 'COUNT', 1)[1] end
local function is_old(entry)
  for i = 1, #entry[2], 2 do
    if entry[2][i] == 't' then return (tonumber(entry[2][i + 1]) or now) < tonumber(ARGV[4]) end
  end
end
local first = oldest()
for _ = 1, 100 do
  if not first or not is_old(first) then break end
  redis.call('XDEL', KEYS[4], first[1])
  first = oldest()
end
local floor = first and tonumber(string.match(first[1], '^(%d+)')) or tonumber(meta[5]) + 1
redis.call('HSET', KEYS[1], 'floor', floor)
redis.call('ZREMRANGEBYSCORE', KEYS[5], '-inf', '(' .. string.format('%.0f', floor))
redis.call('ZREMRANGEBYSCORE', KEYS[6], '-inf', '(' .. string.format('%.0f', floor))
return answer
