import { lookUpAccount, lookUpGroup, lookUpGroups, resolveIdentity } from '@duende/program';
import { describe, expect, test } from 'vitest';

describe('accounts', () => {
  test('nothing asked: who we are, and nothing is switched', () => {
    expect(resolveIdentity({}, 'native')).toMatchObject({ uid: undefined, gid: undefined, groups: [] });
  });

  test('of a name service, as getent prints them', () => {
    expect(lookUpAccount('nobody', 'linux')).toMatchObject({ name: 'nobody', uid: 65534 });
    expect(lookUpGroup('nogroup', 'linux')).toBe(65534);
    expect(lookUpGroups('nobody')).toContain(65534);
  });

  test.each(['no-such-user-here', '', '-u', '--help'])('%j is none', (name) => {
    expect(lookUpAccount(name)).toBeUndefined();
    expect(lookUpGroup(name)).toBeUndefined();
  });

  test('an unknown one is refused by name', () => {
    expect(() => resolveIdentity({ user: 'no-such-user-here' }, 'native')).toThrow(
      /user "no-such-user-here" does not exist/,
    );
    expect(() => resolveIdentity({ group: 'no-such-group-here' }, 'native')).toThrow(
      /group "no-such-group-here" does not exist/,
    );
  });
});
