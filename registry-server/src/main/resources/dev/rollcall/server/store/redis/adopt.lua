-- SPDX-License-Identifier: Apache-2.0
-- Says that the server process that runs now holds all of this epoch, or that recovery has ended.
-- KEYS: 1 meta
-- ARGV: 1 epoch, 2 'run' or 'recovered'
-- Answers OK | EPOCH
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return {'EPOCH'} end
if ARGV[2] == 'run' then
  local info = redis.pcall('INFO', 'server')
  local run = type(info) == 'string' and string.match(info, 'run_id:(%x+)')
  redis.call('HSET', KEYS[1], 'run', run or '')
else
  redis.call('HDEL', KEYS[1], 'recovering')
end
return {'OK'}
