import { PlatformError } from '@duende/core';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { readMount, readPublish } from '../src/cli/container-options.ts';
import { Output } from '../src/cli/output.ts';
import { withProgress } from '../src/cli/progress.ts';
import { run } from './harness.ts';
import { MemoryAdapter } from './memory-adapter.ts';

let native: MemoryAdapter;
let container: MemoryAdapter;

beforeEach(() => {
  native = new MemoryAdapter('native');
  container = new MemoryAdapter('container');
});

describe('--publish', () => {
  test.each<[string, object]>([
    ['8080:80', { host: 8080, container: 80 }],
    ['53:5353/udp', { host: 53, container: 5353, protocol: 'udp' }],
    ['0.0.0.0:80:80/tcp', { address: '0.0.0.0', host: 80, container: 80, protocol: 'tcp' }],
    ['[::1]:80:8080', { address: '::1', host: 80, container: 8080 }],
  ])('%s', (text, expected) => {
    expect(readPublish(text)).toEqual(expected);
  });

  test.each(['80', '0:80', '80:70000', '::1:80:80', '80:80/sctp', '8000-8010:80', '', ':80:80'])(
    'refuses %j',
    (text) => {
      expect(() => readPublish(text)).toThrow(/^--publish: expected \[ADDRESS:\]HOST:CONTAINER\[\/udp\]/);
    },
  );
});

describe('--mount', () => {
  test.each<[string, object]>([
    ['/srv', { source: '/srv' }],
    ['/srv:ro', { source: '/srv', readOnly: true }],
    ['/srv:/data', { source: '/srv', target: '/data' }],
    ['./data:/data:ro', { source: '/work/data', target: '/data', readOnly: true }],
    ['..:/data:rw', { source: '/', target: '/data' }],
  ])('%s', (text, expected) => {
    expect(readMount(text, '/work')).toEqual(expected);
  });

  test.each([
    ['data:/data', /begins with \/ or/],
    ['ro', /begins with \/ or/],
    ['type=bind,source=/a,target=/b', /begins with \/ or/],
    ['/a:b', /expected SOURCE\[:TARGET\]\[:ro\]/],
    ['/a:/b:z', /expected SOURCE\[:TARGET\]\[:ro\]/],
    ['', /begins with \/ or/],
  ])('refuses %j', (text, message) => {
    expect(() => readMount(text, '/work')).toThrow(message);
  });
});

describe('spawn with options of containers', () => {
  const words = ['--name', 'web', '--', 'nginx'];
  const specOf = () => container.daemons.get('web')?.spec;

  test('they become platform.container, beside what --spec has', async () => {
    const input = JSON.stringify({
      name: 'web',
      program: 'nginx',
      platform: { container: { mounts: [{ source: '/a' }], tmpfs: ['/tmp'], pull: 'always' } },
    });
    const argv = ['spawn', '--spec', '-', '--image', 'nginx:1', '--network', 'front', '--pull', 'never'];
    const more = ['--mount', './b:/b', '--mount', '/c:ro', '--publish', '80:80'];
    const { code, stderr } = await run([...argv, ...more], [native, container], { input });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(specOf()?.platform).toEqual({
      container: {
        image: 'nginx:1',
        network: 'front',
        pull: 'never',
        tmpfs: ['/tmp'],
        ports: [{ host: 80, container: 80 }],
        mounts: [{ source: '/a' }, { source: '/work/b', target: '/b' }, { source: '/c', readOnly: true }],
      },
    });
  });

  test.each([
    ['--image', 'i'],
    ['--runtime', 'podman'],
    ['--host', 'unix:///x'],
    ['--publish', '1:1'],
  ])('%s %s means a container where no platform is given', async (...option) => {
    const { code } = await run(['spawn', ...option, ...words], [native, container]);
    expect(code).toBe(0);
    expect(container.daemons.has('web')).toBe(true);
  });

  test('--domain is for launchd, and not beside an option of containers', async () => {
    const asked = await run(['spawn', '-p', 'native', '--domain', 'gui', ...words], [native, container]);
    expect(asked).toMatchObject({
      code: 2,
      stderr:
        'duende: --domain is for macos (launchd), and --platform is native. Leave it out, or give --platform macos\n',
    });
    const both = await run(
      ['spawn', '--runtime', 'docker', '--domain', 'gui', ...words],
      [native, container],
    );
    expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('and --runtime is container') });
    expect(native.daemons.size + container.daemons.size).toBe(0);
  });

  test.each([
    ['--image', 'i'],
    ['--network', 'none'],
    ['--pull', 'never'],
    ['--mount', '/a'],
    ['--host', 'x'],
  ])('%s is refused by name for another platform', async (...option) => {
    const asked = await run(['spawn', '-p', 'native', ...option, ...words], [native, container]);
    expect(asked).toMatchObject({
      code: 2,
      stderr: `duende: ${option[0]} is for containers, and --platform is native. Leave it out, or give --platform container\n`,
    });
    const env = { DUENDE_PLATFORM: 'native' };
    const variable = await run(['spawn', ...option, ...words], [native, container], { env });
    expect(variable).toMatchObject({ code: 2, stderr: expect.stringContaining('DUENDE_PLATFORM is native') });
    expect(native.daemons.size + container.daemons.size).toBe(0);
  });

  test('an engine that there is not', async () => {
    const { code, stderr } = await run(['spawn', '--runtime', 'nonsense', ...words], [container]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'duende: --runtime: expected one of docker, podman, containerd, got "nonsense"\n',
    });
  });

  test('the command of an image has to be given', async () => {
    const { code, stderr } = await run(['spawn', '--name', 'web', '--image', 'nginx'], [container]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/the command of an image is not taken from it\. Give it after --/);
  });

  test('an engine that is not there is 69, with what to do', async () => {
    container.availability = { available: false, why: 'there is no unix:///x', fix: 'Start it' };
    container.spawn = async () => {
      throw new PlatformError('NotSupported', 'No container engine', { reason: 'unavailable' });
    };
    const { code, stderr } = await run(['spawn', '-p', 'container', ...words], [container]);
    expect({ code, stderr }).toEqual({
      code: 69,
      stderr: 'duende: Container is not available here: there is no unix:///x. Start it\n',
    });
    const detected = await run(['spawn', ...words], [container], { detected: 'container' });
    expect(detected).toMatchObject({
      code: 69,
      stderr: expect.stringMatching(/Start it\. Or run a plain process with --platform native\n$/),
    });
  });
});

test('other commands too: --runtime means the platform container', async () => {
  await native.spawn({ name: 'a', program: '/bin/a' });
  await container.spawn({ name: 'b', program: '/bin/b' });
  const { stdout } = await run(['ps', '--runtime', 'docker', '--json'], [native, container]);
  expect(JSON.parse(stdout).map(({ handle }: { handle: { name: string } }) => handle.name)).toEqual(['b']);
  expect((await run(['ps', '--runtime', 'docker', '-p', 'linux'], [native, container])).code).toBe(2);
});

describe('progress', () => {
  const show = async (isTTY: boolean, news: string): Promise<string> => {
    vi.useFakeTimers();
    let text = '';
    const sink = { isTTY, columns: 40, write: (part: string) => (text += part) };
    const done = withProgress(new Output(sink, sink, {}), 'starting web', async (say) => {
      say(news);
      await new Promise((resolve) => setTimeout(resolve, 1000));
    });
    await vi.advanceTimersByTimeAsync(1000);
    await done;
    vi.useRealTimers();
    return text;
  };

  test('says on a terminal what it is at, in one line, and takes it back', async () => {
    const text = await show(true, 'layer\u001B[2J 1\n'.padEnd(100, '='));
    expect(text).toContain('\r\u001B[K| starting web: layer 1 ==');
    for (const line of text.split('\r\u001B[K')) expect(line.length).toBeLessThan(40);
    expect(text.endsWith('\r\u001B[K')).toBe(true);
  });

  test('is silent when piped', async () => {
    expect(await show(false, 'layer 1')).toBe('');
  });
});
