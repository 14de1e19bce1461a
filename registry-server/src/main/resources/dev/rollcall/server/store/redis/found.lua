-- SPDX-License-Identifier: Apache-2.0
-- Begins a new epoch, because this store cannot prove that it continues the known one.
-- KEYS: 1 meta, 2 log, 3 names
-- ARGV: 1 known epoch, 2 new epoch, 3 nonce, 4 at least this revision, 5 namespace
-- Answers OK revision-before | EPOCH
local meta = redis.call('HMGET', KEYS[1], 'epoch', 'revision', 'nonce')
if meta[1] and meta[1] ~= ARGV[1] then return {'EPOCH'} end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local base = tonumber(meta[2] or '0')
local revision = math.max(base, tonumber(ARGV[4])) + 1
local info = redis.pcall('INFO', 'server')
local run = type(info) == 'string' and string.match(info, 'run_id:(%x+)')
redis.call('XADD', KEYS[2], string.format('%.0f-0', revision), 'n', ARGV[3], 'p', meta[3] or '', 'e', ARGV[2], 't', now)
-- leases that were renewed in what was lost get their whole time again
redis.call('HSET', KEYS[1], 'epoch', ARGV[2], 'revision', revision, 'nonce', ARGV[3], 'run', run or '',
  'founded', revision, 'base', base, 'swept', now, 'outage_end', now, 'outage_ms', 0,
  'recovering', now + 30000)
if not meta[1] then redis.call('XADD', KEYS[3], '*', 'n', ARGV[5]) end
return {'OK', base}
