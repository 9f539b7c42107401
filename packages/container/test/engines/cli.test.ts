import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addressOf } from './engines.ts';

const cli = fileURLToPath(new URL('../../../duende/dist/cli.js', import.meta.url));
const host = addressOf('docker');
const state = mkdtempSync(join(tmpdir(), 'duende-container-cli-'));
const place = ['--platform', 'container', '--runtime', 'docker', '--host', host];

/** Needs sleep(1) in the image, beside the shell that it is made of. */
const program = ['sh', '-c', 'trap "echo hup" HUP; echo up; while :; do sleep 1000 & wait; done'];
const files = ['--set', 'platform.container.files=["/bin/sleep"]'];

interface Ran {
  readonly exitCode?: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface AsUser {
  readonly user?: string;
  readonly env?: Record<string, string>;
}

/** The built program, with an environment of its own. */
async function duende(argv: readonly string[], { user, env = {} }: AsUser = {}): Promise<Ran> {
  const command = [process.execPath, cli, ...argv];
  const as = user === undefined ? [] : ['setpriv', '--reuid', user, '--clear-groups'];
  const [file = '', ...args] = [...as, ...command];
  const { exitCode, stdout, stderr } = await execa(file, args, {
    reject: false,
    extendEnv: false,
    stdin: 'ignore',
    env: { PATH: process.env.PATH, HOME: state, DUENDE_STATE_DIR: state, ...env },
  });
  return { ...(exitCode === undefined ? {} : { exitCode }), stdout, stderr };
}

/** Expects exit code 0 and silence on stderr. */
async function ok(argv: readonly string[]): Promise<string> {
  const ran = await duende(argv);
  expect({ argv, exitCode: ran.exitCode, stderr: ran.stderr }).toEqual({ argv, exitCode: 0, stderr: '' });
  return ran.stdout;
}

/** Expects this exit code, nothing on stdout, and one line on stderr, which is returned. */
async function fails(exitCode: number, argv: readonly string[], as: AsUser = {}): Promise<string> {
  const ran = await duende(argv, as);
  const line = expect.stringMatching(/^duende: [^\n]+$/);
  expect(ran).toEqual({ exitCode, stdout: '', stderr: line });
  expect(ran.stderr).not.toMatch(/Unexpected error| at .*:\d+:\d+/);
  return ran.stderr;
}

/** Keys of daemons: what begins with a dot is kept for later ones. */
const daemonFolders = (): string[] => {
  try {
    return readdirSync(join(state, 'container/docker')).filter((name) => !name.startsWith('.'));
  } catch {
    return [];
  }
};

async function containers(): Promise<string[]> {
  const listed = await fetchJson<{ Names: string[] }[]>('/containers/json?all=1');
  return listed.flatMap(({ Names }) => Names).filter((name) => name.startsWith('/duende-cli-'));
}

/** What the engine itself says, asked with curl(1). */
async function fetchJson<T>(path: string): Promise<T> {
  const socket = host.replace('unix://', '');
  const { stdout } = await execa('curl', ['-sS', '--unix-socket', socket, `http://engine${path}`]);
  return JSON.parse(stdout) as T;
}

beforeAll(() => {
  // Another user looks into it, too.
  chmodSync(state, 0o711);
});

afterAll(async () => {
  for (const name of ['life', 'options']) await duende(['rm', '--force', `cli-${name}`, ...place]);
  rmSync(state, { recursive: true, force: true });
});

describe('a daemon from its spawn to its removal', () => {
  test('spawn, ps, status, logs, signal, stop, rm', async () => {
    const name = 'cli-life';
    expect(
      await ok(['spawn', '--name', name, ...place, ...files, '--restart', 'always', '--', ...program]),
    ).toMatch(/^cli-life is running on container \(docker container [0-9a-f]{12}\)$/);
    const rows = JSON.parse(await ok(['ps', ...place, '--json']));
    expect(rows).toMatchObject([{ handle: { name }, status: { state: 'running', restarts: 0 } }]);
    const { handle, status } = JSON.parse(await ok(['status', name, ...place, '--json']));
    expect(handle.data).toMatchObject({ kind: 'container', runtime: 'docker' });
    expect(status).toMatchObject({ state: 'running', pid: expect.any(Number) });
    await ok(['signal', name, 'HUP', ...place]);
    await expect.poll(async () => await ok(['logs', name, ...place])).toBe('up\nhup');
    await ok(['signal', name, 'STOP', ...place]);
    expect(JSON.parse(await ok(['status', name, ...place, '--json'])).status.state).toBe('paused');
    await ok(['signal', name, 'CONT', ...place]);
    expect(await ok(['stats', name, ...place])).toContain('Memory:');
    await ok(['stop', name, ...place]);
    expect(JSON.parse(await ok(['status', name, ...place, '--json'])).status).toMatchObject({
      state: 'stopped',
      exit: { signal: 'SIGTERM' },
      restarts: 0,
    });
    await ok(['rm', name, ...place]);
    await fails(3, ['status', name, ...place]);
    expect({ containers: await containers(), folders: daemonFolders() }).toEqual({
      containers: [],
      folders: [],
    });
  });

  test('options of containers arrive at the engine', async () => {
    const mount = ['--mount', '/usr/share:/data/share:ro', '--network', 'none', '--label', 'team=web'];
    await ok(['spawn', '--name', 'cli-options', '--host', host, ...files, ...mount, '--', ...program]);
    const made = await fetchJson<{
      Config: { Labels: Record<string, string> };
      HostConfig: { NetworkMode: string };
      Mounts: { Source: string; Destination: string; RW: boolean }[];
    }>('/containers/duende-cli-options/json');
    expect(made.HostConfig.NetworkMode).toBe('none');
    expect(made.Config.Labels).toMatchObject({ team: 'web', 'dev.duende.name': 'cli-options' });
    expect(made.Mounts).toContainEqual(
      expect.objectContaining({ Source: '/usr/share', Destination: '/data/share', RW: false }),
    );
    await ok(['rm', '--force', 'cli-options', ...place]);
    expect(daemonFolders()).toEqual([]);
  });
});

test('doctor shows the engine and where it is', async () => {
  const { stdout } = await duende(['doctor', '--runtime', 'docker', '--host', host, '--json']);
  const { platforms } = JSON.parse(stdout) as { platforms: { platform: string }[] };
  expect(platforms.find(({ platform }) => platform === 'container')).toMatchObject({
    installed: true,
    available: true,
    engine: expect.stringMatching(/^Docker \S+ .*at unix:\/\//),
    version: expect.stringMatching(/^\d+\./),
    capabilities: { signals: { HUP: { supported: true } } },
  });
  const text = (await duende(['doctor', '--host', host])).stdout;
  expect(text).toContain(`at ${host}`);
});

describe('what cannot be done is one line', () => {
  const spawn = ['spawn', '--name', 'cli-none'];

  test('an image that is not there, with --pull never', async () => {
    const line = await fails(1, [
      ...spawn,
      ...place,
      '--image',
      'not-there:1',
      '--pull',
      'never',
      '--',
      'sh',
    ]);
    expect(line).toMatch(/There is no image not-there:1.*never\. Load or build it first$/);
    expect({ containers: await containers(), folders: daemonFolders() }).toEqual({
      containers: [],
      folders: [],
    });
  });

  test('an engine that there is not', async () => {
    const line = await fails(2, [...spawn, '--runtime', 'nonsense', '--', 'sh']);
    expect(line).toContain('expected one of docker, podman, containerd, got "nonsense"');
    const env = { DUENDE_CONTAINER_RUNTIME: 'nonsense' };
    expect(await fails(2, [...spawn, '-p', 'container', '--', 'sh'], { env })).toContain('got "nonsense"');
  });

  test.each([['spawn'], ['ps']])('%s: a socket that is not there', async (command) => {
    const rest = command === 'spawn' ? ['--name', 'cli-none', '--', 'sh'] : [];
    const line = await fails(69, [command, '--host', 'unix:///nowhere/docker.sock', ...rest]);
    expect(line).toMatch(
      /Container is not available here: there is no unix:\/\/\/nowhere\/docker\.sock\. \S/,
    );
  });

  if (process.getuid?.() === 0)
    test('a socket that one may not use', async () => {
      const line = await fails(69, [...spawn, ...place, '--', 'sh'], { user: 'nobody', env: { HOME: '/' } });
      expect(line).toMatch(/permission denied on unix:.*\. Run as root, or join the group/);
      expect(await containers()).toEqual([]);
    });

  test('an address that is none', async () => {
    expect(await fails(2, [...spawn, '--host', 'ssh://me@there', '--', 'sh'])).toMatch(
      /an engine over ssh is not supported\. Forward its socket/,
    );
  });
});
