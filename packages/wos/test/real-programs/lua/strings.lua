-- string.format, patterns, packing, utf8, numbers as text.
print(string.format('%5d|%-5d|%05d|%+d|%x|%X|%#x|%o|%c', 42, 42, 42, 42, 255, 255, 255, 8, 65))
print(string.format('%.3f|%10.2f|%-10.1f|%e|%g|%g|%a', 3.14159, 2.5, 2.25, 12345.678, 1e20, 0.0001, 1.0))
print(string.format('%s|%10s|%-10s|%.2s|%q', 'text', 'right', 'left', 'cut', 'line\n"quoted"\0\200'))
print(string.format('%q|%q|%q', 1 / 3, math.mininteger, 1 / 0), string.format('%i%%', 7))
print(7 // 2, -7 // 2, 7 % -3, -7 % 3, 7.5 // 2, 2 ^ 0.5, 1e15, 1e16, 2 ^ 53, 0.1, 1 / 0, -1 / 0, 3 | 4, ~0, 1 << 63)
print(10 // 0.0, pcall(function() return 1 // 0 end), math.maxinteger + 1 == math.mininteger, 1e308 * 10)
print(tostring(3) == '3', tostring(3.0), 0x10p2, tonumber('0x1p4'), tonumber('  12  '), tonumber('1e'), tonumber('zz', 36))
print(('%d'):rep(3, ','):format(1, 2, 3), ('hello'):upper():reverse(), #('é'), utf8.len('é€'), utf8.char(233, 8364, 128512))
for position, code in utf8.codes('aé€😀') do io.write(position, ':', code, ' ') end
print(utf8.len('\xff'), utf8.offset('aé€', 3), utf8.codepoint('€', 1, -1))
print(('key = value'):match('^(%w+)%s*=%s*(%w+)$'), ('a,b,,c'):gsub(',', ';'), ('x'):rep(0) == '')
print(('THE (quick) fox'):find('%((%a+)%)'), ('f(a(b)c)d'):match('%b()'), ('THE END'):gsub('%f[%a]%a+', string.lower))
print(('$name is $age'):gsub('%$(%w+)', { name = 'Lua', age = 30 }), ('abc'):gsub('', '-'), ('abc'):byte(1, -1))
print(string.pack('<i4', -2):byte(1, -1), string.unpack('>I2 s1 z', '\1\2\3abcdef\0'), string.packsize('!8 b d i4'))
print(string.unpack('<d', string.pack('<d', math.pi)) == math.pi, pcall(string.pack, 'i17', 1))

-- Text that is built, taken apart, counted and sorted.
local seed, words, counts = 12345, {}, {}
local function random(limit) seed = (seed * 1103515245 + 12345) % 2147483648 return seed // 65536 % limit end
for index = 1, 20000 do
  local letters = {}
  for place = 1, 1 + random(3) do letters[place] = string.char(97 + random(6)) end
  words[index] = table.concat(letters)
end
for word in table.concat(words, ' '):gmatch('%a+') do counts[word] = (counts[word] or 0) + 1 end
local names = {}
for name in pairs(counts) do names[#names + 1] = name end
table.sort(names, function(left, right)
  if counts[left] ~= counts[right] then return counts[left] > counts[right] end
  return left < right
end)
print(#names, names[1], counts[names[1]], names[#names], counts[names[#names]])
