import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { dockerAddresses, parseAddress, podmanAddresses } from '../src/docker/address.ts';

const home = mkdtempSync(join(tmpdir(), 'duende-address-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

let count = 0;
function folderWith(files: Record<string, string>): string {
  const folder = join(home, String(++count));
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const idOf = (name: string): string => createHash('sha256').update(name).digest('hex');
const contextFile = (name: string): string => `contexts/meta/${idOf(name)}/meta.json`;
const refused = (message: RegExp | string) =>
  expect.objectContaining({ code: 'Config', field: 'host', message: expect.stringMatching(message) });

describe('one address', () => {
  test.each([
    ['unix:///run/a b.sock', { kind: 'unix', path: '/run/a b.sock' }],
    ['tcp://10.0.0.7:2375', { kind: 'tcp', url: 'http://10.0.0.7:2375' }],
    ['tcp://[::1]:2375/', { kind: 'tcp', url: 'http://[::1]:2375' }],
    ['http://engine:80', { kind: 'tcp', url: 'http://engine:80' }],
    ['https://engine:2376', { kind: 'tcp', url: 'https://engine:2376', tls: { verify: true } }],
  ])('%s', (text, expected) => {
    expect(parseAddress(text)).toEqual({ ...expected, text });
  });

  test('with TLS files tcp is https', () => {
    const tls = { verify: false, ca: Buffer.from('ca') };
    expect(parseAddress('tcp://engine:2376', tls)).toMatchObject({ url: 'https://engine:2376', tls });
  });

  test.each([
    ['ssh://me@there', /over ssh is not supported/],
    ['/var/run/docker.sock', /expected unix:/],
    ['unix://run/docker.sock', /expected unix:/],
    ['tcp://', /expected unix:/],
    ['tcp://engine:99999', /expected unix:/],
    ['npipe:////./pipe/docker_engine', /expected unix:/],
    ['fd://', /expected unix:/],
    ['', /expected unix:/],
  ])('%j is refused', (text, message) => {
    expect(() => parseAddress(text)).toThrow(refused(message));
  });

  test('what to do about ssh is said, and the address as it was given', () => {
    expect(() => parseAddress('ssh://me@there')).toThrow(
      expect.objectContaining({
        hint: expect.stringContaining('ssh -nNT -L'),
        message: expect.stringContaining('"ssh://me@there"'),
      }),
    );
  });
});

describe('DOCKER_HOST', () => {
  test('goes over a context, and is the only one', () => {
    const env = { HOME: home, DOCKER_HOST: 'unix:///tmp/x.sock', DOCKER_CONTEXT: 'none such' };
    expect(dockerAddresses(env)).toEqual([{ kind: 'unix', path: '/tmp/x.sock', text: 'unix:///tmp/x.sock' }]);
  });

  test('over TLS, with the files that there are', () => {
    const DOCKER_CERT_PATH = folderWith({ 'ca.pem': 'CA', 'key.pem': 'KEY' });
    const env = { HOME: home, DOCKER_HOST: 'tcp://engine:2376', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH };
    const tls = { verify: true, ca: Buffer.from('CA'), key: Buffer.from('KEY') };
    expect(dockerAddresses(env)).toEqual([
      { kind: 'tcp', url: 'https://engine:2376', text: 'tcp://engine:2376', tls },
    ]);
    const { DOCKER_TLS_VERIFY: _, ...rest } = env;
    expect(dockerAddresses({ ...rest, DOCKER_TLS: '1' })).toMatchObject([{ tls: { ...tls, verify: false } }]);
    expect(dockerAddresses(rest)[0]).not.toHaveProperty('tls');
  });

  // docker/cli, cli/flags: dockerCertPath is config.Dir() when the variable is empty; config.Dir() is $DOCKER_CONFIG.
  test('without DOCKER_CERT_PATH the files are in the configuration of docker', () => {
    const DOCKER_CONFIG = folderWith({ 'ca.pem': 'CA' });
    const env = { HOME: home, DOCKER_HOST: 'tcp://engine:2376', DOCKER_TLS_VERIFY: '1', DOCKER_CONFIG };
    expect(dockerAddresses(env)).toMatchObject([{ tls: { ca: Buffer.from('CA') } }]);
    expect(dockerAddresses({ ...env, DOCKER_CERT_PATH: '' })).toMatchObject([
      { tls: { ca: Buffer.from('CA') } },
    ]);
  });

  test('an empty one is none', () => {
    expect(dockerAddresses({ HOME: home, DOCKER_HOST: '' })[0]?.text).toBe('unix:///var/run/docker.sock');
  });
});

describe('contexts', () => {
  const meta = (docker: object): string => JSON.stringify({ Name: 'x', Endpoints: { docker } });

  test('the one that docker context use has chosen', () => {
    const DOCKER_CONFIG = folderWith({
      'config.json': '{"currentContext":"lab","auths":{}}',
      [contextFile('lab')]: meta({ Host: 'unix:///tmp/lab.sock', SkipTLSVerify: false }),
    });
    expect(dockerAddresses({ HOME: '/none', DOCKER_CONFIG }).map(({ text }) => text)).toEqual([
      'unix:///tmp/lab.sock',
    ]);
  });

  test('DOCKER_CONTEXT goes over it, with TLS files of its own', () => {
    const folder = folderWith({
      '.docker/config.json': '{"currentContext":"lab"}',
      [`.docker/${contextFile('far')}`]: meta({ Host: 'tcp://far:2376', SkipTLSVerify: true }),
      [`.docker/contexts/tls/${idOf('far')}/docker/cert.pem`]: 'CERT',
    });
    expect(dockerAddresses({ HOME: folder, DOCKER_CONTEXT: 'far' })).toEqual([
      {
        kind: 'tcp',
        url: 'https://far:2376',
        text: 'tcp://far:2376',
        tls: { verify: false, cert: Buffer.from('CERT') },
      },
    ]);
  });

  test('one over ssh, one that is not there and one that is damaged are refused', () => {
    const HOME = folderWith({
      [`.docker/${contextFile('ssh')}`]: meta({ Host: 'ssh://me@far' }),
      [`.docker/${contextFile('bad')}`]: '{',
      [`.docker/${contextFile('empty')}`]: '{}',
    });
    const open = (DOCKER_CONTEXT: string) => () => dockerAddresses({ HOME, DOCKER_CONTEXT });
    expect(open('ssh')).toThrow(refused(/over ssh/));
    expect(open('gone')).toThrow(refused(/context "gone" cannot be read/));
    expect(open('bad')).toThrow(refused(/context "bad" cannot be read/));
    expect(open('empty')).toThrow(refused(/expected unix:/));
  });

  test.each([
    ['default', '{"currentContext":"default"}'],
    ['no word of one', '{"auths":{}}'],
    ['a damaged configuration', '{'],
  ])('%s is the engine of this machine', (_, config) => {
    const env = { HOME: folderWith({ '.docker/config.json': config }), XDG_RUNTIME_DIR: '/run/user/7' };
    expect(dockerAddresses(env).map(({ text }) => text)).toEqual([
      'unix:///var/run/docker.sock',
      'unix:///run/user/7/docker.sock',
    ]);
  });
});

describe('Podman', () => {
  test('CONTAINER_HOST alone, and DOCKER_HOST is not its own', () => {
    const env = { CONTAINER_HOST: 'unix:///tmp/p.sock', DOCKER_HOST: 'unix:///tmp/d.sock' };
    expect(podmanAddresses(env).map(({ text }) => text)).toEqual(['unix:///tmp/p.sock']);
    expect(() => podmanAddresses({ CONTAINER_HOST: 'ssh://me@there' })).toThrow(refused(/over ssh/));
  });

  test('else the own service of whoever asks comes first: that of root is the one of the machine', () => {
    const system = 'unix:///run/podman/podman.sock';
    const own = 'unix:///run/user/7/podman/podman.sock';
    const found = podmanAddresses({ XDG_RUNTIME_DIR: '/run/user/7' }).map(({ text }) => text);
    expect(found).toEqual(process.getuid?.() === 0 ? [system, own] : [own, system]);
    expect(podmanAddresses({}).map(({ text }) => text)).toEqual([system]);
  });
});
