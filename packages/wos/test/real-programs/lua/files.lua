-- The io and os libraries on the directory that is named.
local folder = arg[1]
local path = folder .. '/lines.txt'
local file = assert(io.open(path, 'w'))
for index = 1, 2000 do assert(file:write('line ', index, '\n')) end
print(file:seek('cur'), file:close(), io.type(file))
local total = 0
for line in io.lines(path) do total = total + #line end
print(total)
local file = assert(io.open(path, 'r+b'))
print(file:read(4, 'n', 'L', 'l'))
print(file:seek('set', 5), file:write('ONE') == file, file:seek('set', 0), file:read('l'), file:seek('end'))
file:close()
print(pcall(file.read, file))
print((select(2, io.open(folder .. '/none/there', 'r'))))
print(select(2, pcall(io.lines, folder .. '/none')):match('No such file') ~= nil)
assert(os.rename(path, folder .. '/moved.txt'))
print((io.open(path)), os.remove(folder .. '/moved.txt'), (os.remove(folder .. '/moved.txt')))
local file = assert(io.open(folder .. '/module.lua', 'w'))
file:write('local name = ... return { name = name, double = function(value) return value * 2 end }')
file:close()
package.path = folder .. '/?.lua'
local module = require('module')
print(module.name, module.double(21), package.loaded.module == module, pcall(require, 'none') == false)
print(dofile(folder .. '/module.lua').name, loadfile(folder .. '/none.lua') == nil)
os.remove(folder .. '/module.lua')
print(os.time({ year = 2020, month = 1, day = 1, hour = 12 }), os.date('!%Y-%m-%d %H:%M:%S', 1e9), os.getenv('NOT_SET'))
print(type(os.clock()), os.difftime(5, 3))
io.stderr:write('to standard error\n')
os.exit(3, true)
