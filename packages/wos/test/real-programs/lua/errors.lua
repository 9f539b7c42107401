-- Errors are longjmp: through Lua, through C functions, out of depth, and out of memory.
local function fails(...) print(select('#', ...), ...) end
fails(pcall(error))
fails(pcall(error, 'with place', 1))
fails(pcall(error, setmetatable({}, { __tostring = function() return 'an object' end })))
fails(pcall(string.rep))
fails(pcall(string.format, '%d', 1.5))
fails(pcall(function() return nil + 1 end))
fails(pcall(function() local value = {} value.field.inner = 1 end))
fails(pcall(function() return #5 end))
fails(pcall(function() return 1 < 'x' end))
fails(pcall(setmetatable, 1, 2))
fails(pcall(table.concat, { 1, {}, 3 }))
fails(pcall(next, {}, 'no such key'))
fails(load('x = = 1', 'chunk'))
fails(load('for i = 1', '=chunk'))
fails(load(string.dump(function() return 5 end), 'binary', 't'))
fails(xpcall(function() error('inner') end, function(message) return 'handled ' .. message end))
fails(xpcall(function() error('x') end, function() error('again') end))

local function deep(level) return 1 + deep(level + 1) end
local ok, message = pcall(deep, 1)
print(ok, (message:gsub('\n.*', '')))
local ok, message = pcall(string.rep, 'x', 1 << 40)
print(ok, message)

-- Each error unwinds through a sort, a gsub and an iterator of C.
local caught = 0
for round = 1, 20000 do
  local how = round % 3
  local ok = pcall(function()
    if how == 0 then table.sort({ 3, 2, 1 }, function() error('sort') end)
    elseif how == 1 then string.gsub('abc', '.', function() error('gsub') end)
    else for _ in string.gmatch('a b', '%a') do error('gmatch') end end
  end)
  if not ok then caught = caught + 1 end
end
print(caught)

local order = {}
local ok, problem = pcall(function()
  local outer <close> = setmetatable({}, { __close = function(_, reason) order[#order + 1] = 'outer ' .. reason end })
  local inner <close> = setmetatable({}, { __close = function() order[#order + 1] = 'inner' error('closing', 0) end })
  error('first', 0)
end)
print(ok, problem, table.concat(order, ', '))
print(select(2, pcall(error, 'a message', 0)), debug.traceback('here', 1):match('^here\nstack traceback:') ~= nil)
