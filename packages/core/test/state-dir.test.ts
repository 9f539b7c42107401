import { homedir } from 'node:os';
import { expect, test } from 'vitest';
import { stateDirectory } from '../src/index.ts';

test.each<[NodeJS.ProcessEnv, NodeJS.Platform, string]>([
  [{ DUENDE_STATE_DIR: '/s', XDG_STATE_HOME: '/x', HOME: '/h' }, 'linux', '/s'],
  [{ DUENDE_STATE_DIR: '/s', HOME: '/h' }, 'darwin', '/s'],
  [{ XDG_STATE_HOME: '/x', HOME: '/h' }, 'linux', '/x/duende'],
  [{ XDG_STATE_HOME: 'x', HOME: '/h' }, 'linux', '/h/.local/state/duende'],
  [{ DUENDE_STATE_DIR: '', HOME: '/h' }, 'linux', '/h/.local/state/duende'],
  [{}, 'linux', `${homedir()}/.local/state/duende`],
  [{ HOME: '/h', XDG_STATE_HOME: '/x' }, 'darwin', '/h/Library/Application Support/duende'],
])('%j on %s is %s', (env, os, folder) => expect(stateDirectory(env, os)).toBe(folder));

test('a relative DUENDE_STATE_DIR is refused by name', () => {
  expect(() => stateDirectory({ DUENDE_STATE_DIR: 'state' }, 'linux')).toThrow(
    expect.objectContaining({ code: 'Config', field: 'DUENDE_STATE_DIR' }),
  );
});

test('a DUENDE_STATE_DIR in /proc is refused by name, on Linux', () => {
  for (const folder of ['/proc', '/proc/nowhere', '/tmp/../proc/x'])
    expect(() => stateDirectory({ DUENDE_STATE_DIR: folder }, 'linux')).toThrow(
      expect.objectContaining({ code: 'Config', field: 'DUENDE_STATE_DIR' }),
    );
  expect(stateDirectory({ DUENDE_STATE_DIR: '/process' }, 'linux')).toBe('/process');
});
