-- Tables, metatables, closures, garbage, gotos and integers.
local queue = {}
for index = 1, 30000 do queue[#queue + 1] = (index * 7919) % 30011 end
table.sort(queue)
local ordered = true
for index = 2, #queue do ordered = ordered and queue[index - 1] <= queue[index] end
print(ordered, queue[1], queue[#queue], table.unpack(queue, 1, 5))
print(table.concat(table.move({ 1, 2, 3 }, 2, 3, 1), ','), select('#', table.unpack({}, 1, 3)), table.pack(nil, nil).n)

local Vector = {}
Vector.__index = Vector
Vector.__add = function(left, right) return setmetatable({ x = left.x + right.x }, Vector) end
Vector.__eq = function(left, right) return left.x == right.x end
Vector.__lt = function(left, right) return left.x < right.x end
Vector.__le = function(left, right) return left.x <= right.x end
Vector.__call = function(self, by) return self.x * by end
Vector.__len = function(self) return self.x end
Vector.__concat = function(left, right) return (left.x or left) .. '&' .. (right.x or right) end
Vector.__tostring = function(self) return 'Vector ' .. self.x end
local one, two = setmetatable({ x = 1 }, Vector), setmetatable({ x = 2 }, Vector)
print(tostring(one + two), one == two, one < two, one <= two, two(21), #two, one .. two, 'a' .. one)

-- Weak tables and finalizers: what is not reachable goes.
local weak, finalized = setmetatable({}, { __mode = 'v' }), 0
for index = 1, 500 do
  weak[index] = setmetatable({}, { __gc = function() finalized = finalized + 1 end })
end
collectgarbage()
collectgarbage()
print(next(weak), finalized)
collectgarbage('generational')
local kept = {}
for index = 1, 50000 do kept[index % 100] = { index, { tostring(index) } } end
collectgarbage('incremental')
print(kept[1][1], kept[99][2][1], collectgarbage('count') < 20000)

local counters = {}
for index = 1, 3 do
  local count = 0
  counters[index] = function() count = count + index return count end
end
print(counters[1](), counters[1](), counters[3](), counters[3]())
for row = 1, 3 do
  for column = 1, 3 do
    if column == 2 then goto continue end
    io.write(row, column, ' ')
    ::continue::
  end
end
print()
local function fibonacci(number) return number < 2 and number or fibonacci(number - 1) + fibonacci(number - 2) end
print(fibonacci(24))
local matrix, size = {}, 60
for row = 1, size do
  matrix[row] = {}
  for column = 1, size do matrix[row][column] = (row * column) % 7 end
end
local trace = 0
for row = 1, size do
  for column = 1, size do
    for inner = 1, size do trace = trace + matrix[row][inner] * matrix[inner][column] end
  end
end
print(trace, math.type(trace), math.ult(1, -1), math.tointeger(8.0), math.fmod(-7, 3), math.abs(math.mininteger))
