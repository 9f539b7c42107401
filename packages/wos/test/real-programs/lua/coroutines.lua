-- Generators, producers and consumers, errors and closing across coroutines, many of them alive at once.
local function primes(limit)
  return coroutine.wrap(function()
    local crossed = {}
    for number = 2, limit do
      if not crossed[number] then
        coroutine.yield(number)
        for multiple = number * number, limit, number do crossed[multiple] = true end
      end
    end
  end)
end
local count, sum = 0, 0
for prime in primes(200000) do count, sum = count + 1, sum + prime end
print(count, sum)

local function permutations(list, length)
  length = length or #list
  if length <= 1 then coroutine.yield(list) return end
  for index = 1, length do
    list[length], list[index] = list[index], list[length]
    permutations(list, length - 1)
    list[length], list[index] = list[index], list[length]
  end
end
local text = {}
for list in coroutine.wrap(function() permutations({ 1, 2, 3, 4 }) end) do text[#text + 1] = table.concat(list) end
print(#text, table.concat(text, ' '))

local many = {}
for index = 1, 2000 do
  many[index] = coroutine.create(function(first)
    local total = first
    while true do total = total + coroutine.yield(total) end
  end)
end
local all = 0
for round = 1, 20 do
  for index, thread in ipairs(many) do
    local ok, value = coroutine.resume(thread, round * index)
    assert(ok)
    if round == 20 then all = all + value end
  end
end
print(all)

local failing = coroutine.create(function() coroutine.yield('fine') error({ code = 7 }) end)
print(coroutine.resume(failing))
local ok, problem = coroutine.resume(failing)
print(ok, problem.code, coroutine.status(failing), coroutine.resume(failing))
print(select('#', coroutine.running()), coroutine.isyieldable())

local closed = coroutine.create(function()
  local guard <close> = setmetatable({}, { __close = function(_, reason) print('closed', reason) end })
  coroutine.yield()
end)
coroutine.resume(closed)
print(coroutine.close(closed), coroutine.status(closed))
-- A yield out of a protected call, and through an iterator and a metamethod.
local through = coroutine.wrap(function()
  local object = setmetatable({}, { __index = function(_, key) return coroutine.yield(key) end })
  return pcall(function() return object.first .. object.second, error('late', 0) end)
end)
print(through(), through('a'), through('b'))
