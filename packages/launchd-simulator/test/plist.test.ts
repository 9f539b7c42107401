import { describe, expect, test } from 'vitest';
import { checkKeys, parsePlist } from '../src/index.ts';
import { document, text } from './harness.ts';

const parse = (content: string) => parsePlist(Buffer.from(content));
const value = (keys: string) => {
  const plist = parse(document(`<key>k</key>${keys}`));
  return plist.type === 'dict' ? plist.value.get('k') : undefined;
};

describe('the strict parser', () => {
  test.each([
    ['<string>a &lt;&amp;&gt;&quot;&apos; &#9;&#x1F642;</string>', 'string', `a <&>"' \t🙂`],
    ['<string/>', 'string', ''],
    ['<string><![CDATA[<a & b>]]>c</string>', 'string', '<a & b>c'],
    ['<string>a<!-- no -->b</string>', 'string', 'ab'],
    // XML's end-of-line handling: a CR that must stay is a reference.
    ['<string>a\r\nb\rc&#13;</string>', 'string', 'a\nb\nc\r'],
    ['<integer>-12</integer>', 'integer', -12],
    ['<real>1.5</real>', 'real', 1.5],
    ['<true/>', 'boolean', true],
    ['<date>2026-11-24T22:00:00Z</date>', 'date', '2026-11-24T22:00:00Z'],
    ['<data>aGk=</data>', 'data', 'aGk='],
  ])('takes %j', (xml, type, expected) => {
    expect(value(xml)).toEqual({ type, value: expected });
  });

  test.each([
    ['two roots', '<plist version="1.0"><true/><true/></plist>'],
    ['an unclosed tag', '<plist version="1.0"><dict>'],
    ['a key without a value', document('<key>a</key>')],
    ['a key twice', document(text('a', '1') + text('a', '2'))],
    ['a bare ampersand', document(text('a', 'x & y'))],
    ['an unknown entity', document(text('a', '&nbsp;'))],
    ['a control character', document(text('a', '\u0001'))],
    ['a control character by reference', document(text('a', '&#1;'))],
    ['an integer that is none', document('<key>a</key><integer>1.5</integer>')],
    ['an unknown element', document('<key>a</key><number>1</number>')],
    ['something behind it', `${document('')}x`],
    ['a binary plist', 'bplist00'],
  ])('refuses %s', (_, content) => {
    expect(() => parse(content)).toThrow();
  });

  test('refuses bytes that are no UTF-8', () => {
    expect(() => parsePlist(Buffer.from(document(text('a', '\u00ff')), 'latin1'))).toThrow();
  });
});

describe('the keys', () => {
  const findings = (keys: string) => {
    const plist = parse(document(keys));
    return checkKeys(plist.type === 'dict' ? plist.value : new Map());
  };

  test('types are those of launchd.plist(5), in inner dictionaries too', () => {
    expect(findings('<key>KeepAlive</key><true/><key>Nice</key><integer>1</integer>')).toEqual({
      errors: [],
      ignored: [],
    });
    expect(findings('<key>KeepAlive</key><string>yes</string>').errors).toHaveLength(1);
    expect(
      findings('<key>KeepAlive</key><dict><key>Crashed</key><integer>1</integer></dict>').errors[0],
    ).toContain('KeepAlive / Crashed');
    expect(findings('<key>ProgramArguments</key><array><integer>1</integer></array>').errors).toHaveLength(1);
    expect(
      findings('<key>SoftResourceLimits</key><dict><key>Core</key><string>0</string></dict>').errors,
    ).toHaveLength(1);
  });

  test('what the page does not have is told', () => {
    expect(findings('<key>constructor</key><true/><key>Restart</key><true/>').ignored).toHaveLength(2);
  });
});
