import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { useCli } from './cli.ts';

const cli = useCli();
const web = ['spawn', '--name', 'web'];
const sleep = ['--', 'sleep', '1000'];
const huge = 'x'.repeat(100_000);

/** After a refusal nothing may be there. */
async function expectNothing(): Promise<void> {
  expect(await cli().json(['ps'])).toEqual([]);
}

describe('2: wrong usage or setting, one line, nothing half made', () => {
  test.each<[string[], RegExp]>([
    [['frobnicate'], /no command "frobnicate"\. See duende --help/],
    [['statsu', 'web'], /Did you mean status\?/],
    [['up'], /duende up needs a configuration file/],
    [['down'], /duende down needs a configuration file/],
    [['--frob'], /Unexpected "--frob" before the command/],
    [['status'], /status needs NAME\. Example: duende status web/],
    [['status', 'web', '--jsn'], /Did you mean --json\?/],
    [['status', '../../etc'], /cannot be the name of a daemon/],
    [['signal', 'web', '99'], /SIGNAL: expected one of/],
    [['spawn', ...sleep], /--name is needed/],
    [web, /nothing to run/],
    [[...web, '--'], /no program after --/],
    [[...web, '--platform', 'mars', ...sleep], /--platform: expected one of/],
    [[...web, '--memory', '64 apples', ...sleep], /--memory: expected a size/],
    [[...web, '--memory', '1k', ...sleep], /resources\.memoryMax: expected at least 1M/],
    [[...web, '--cpu', '0%', ...sleep], /resources\.cpuQuota/],
    [[...web, '--env', '=x', ...sleep], /--env: expected K=V/],
    [[...web, '--env', 'NOT_SET_HERE', ...sleep], /--env NOT_SET_HERE: it is not set here/],
    [[...web, '--env-from', '/no/such', ...sleep], /--env-from: cannot read \/no\/such: ENOENT/],
    [
      [...web, '--set', 'restart.policy=always', ...sleep],
      /--set restart\.policy: expected JSON.*quoted twice/,
    ],
    [[...web, '--set', 'nosuch=1', ...sleep], /nosuch: no such setting/],
    [[...web, '--set', 'name.x=1', ...sleep], /--set: name is not an object/],
    [[...web, '--set', '__proto__.x=1', ...sleep], /"__proto__\.x" is not a field/],
    [[...web, '--set', 'a..b=1', ...sleep], /is not a field/],
    [[...web, '--set', 'x', ...sleep], /--set: expected NAME=VALUE/],
    [[...web, '--spec', '/no/such', ...sleep], /--spec: cannot read \/no\/such: ENOENT/],
    [
      [...web, '--health-http', 'x', '--health-tcp', 'y:1', ...sleep],
      /only one of --health-http and --health-tcp/,
    ],
    [[...web, '--health-interval', '1s', ...sleep], /--health-interval needs one of/],
    [[...web, '--health-http', 'ftp://x', ...sleep], /health\.url: expected an http:/],
    [[...web, '--health-tcp', 'localhost:99999', ...sleep], /health\.port/],
    [[...web, '--health-command', '"open', ...sleep], /never closed/],
    [[...web, '--module', 'x.mjs', ...sleep], /--module FILE or -- CMD, not both/],
    [[...web, '--module', '/no/such.mjs'], /module: cannot read \/no\/such\.mjs: ENOENT/],
    [
      [...web, '--config', '{}', '--config-file', 'x', '--module', 'x'],
      /--config or --config-file, not both/,
    ],
    [[...web, '--config', '{', '--module', 'x'], /--config: expected JSON, got "\{"/],
    [[...web, '--label', 'a b=c', ...sleep], /labels/],
    [['spawn', '--name', 'a/b', ...sleep], /name: expected 1 to 63/],
    [['spawn', '--name', '..', ...sleep], /name: expected/],
    [['spawn', '--name', 'a\nb', ...sleep], /name: expected/],
    [['spawn', '--name', 'x'.repeat(64), ...sleep], /name: expected/],
    [[...web, '--set', 'sandbox.network="none"', ...sleep], /cannot enforce sandbox\.network/],
    [[...web, '--set', 'platform.native.nosuch=1', ...sleep], /no setting platform\.native\.nosuch/],
    [
      [
        ...web,
        '-e',
        `A=${huge}${huge.slice(0, 30_000)}x`,
        '-e',
        'B=2',
        '--cwd',
        `/${'d/'.repeat(2100)}`,
        ...sleep,
      ],
      /cwd: a path of/,
    ],
    [['logs', 'web', '--since', 'yesterday'], /--since: expected a time such as/],
    [['top', '--sort', 'age'], /--sort: expected one of name, cpu, memory/],
    [['completion', 'bsh'], /expected one of bash, zsh, fish, got "bsh"\. Did you mean bash\?/],
  ])('%#', async (argv, line) => {
    expect(await cli().fails(2, argv)).toMatch(line);
    await expectNothing();
  });

  test.each<[string, string, RegExp]>([
    ['spec', 'garbage', /expected JSON, got "garbage"/],
    ['spec', '', /it is empty/],
    ['spec', '[]', /expected a JSON object/],
    ['spec', '{"program":"/bin/true","program2":1}', /program2: no such setting/],
    ['spec', '{"program":"/bin/true","module":"x"}', /only one of program and module/],
    ['spec', '{"program":7}', /program: /],
    ['spec', '{"program":"/bin/true","args":["\\u0000"]}', /args\[0\].*NUL/],
    ['spec', '{"program":"/bin/true","env":"A=1"}', /env/],
    ['config-file', '{"a":', /--config-file -: expected JSON/],
  ])('--%s - with %j', async (option, input, line) => {
    const module = option === 'spec' ? [] : ['--module', 'x.mjs'];
    expect(await cli().fails(2, [...web, `--${option}`, '-', ...module], { input })).toMatch(line);
    await expectNothing();
  });

  test.each([
    ['A=1\nB 2\n', /line 2 is not K=V: "B 2"/],
    ['=x', /line 1 is not K=V/],
    ['A="open\nB=2\n', /a " is never closed/],
  ])('--env-from with %j', async (text, line) => {
    const duende = cli();
    writeFileSync(join(duende.folder, 'env'), text);
    expect(await duende.fails(2, [...web, '--env-from', 'env', ...sleep])).toMatch(line);
    await expectNothing();
  });

  test('an invalid environment', async () => {
    const duende = cli();
    expect(await duende.fails(2, ['ps'], { env: { DUENDE_PLATFORM: 'mars' } })).toContain(
      'DUENDE_PLATFORM: expected',
    );
    expect(await duende.fails(2, ['ps'], { env: { DUENDE_STATE_DIR: 'relative' } })).toContain(
      'absolute path',
    );
  });
});

describe('1: the operation failed', () => {
  test.each<[string[], RegExp]>([
    [['--', 'no-such-program-anywhere'], /no program "no-such-program-anywhere" in PATH/],
    [['--', './no-such'], /no-such/],
    [['--', '/etc/passwd'], /\/etc\/passwd/],
    [['--cwd', '/no/such/folder', ...sleep], /\/no\/such\/folder/],
    [['--', ''], /./],
  ])('%#', async (argv, line) => {
    const { code, stderr, stdout } = await cli().run([...web, ...argv]);
    expect(stdout).toBe('');
    expect([1, 2]).toContain(code);
    expect(stderr).toMatch(/^duende: [^\n]+\n$/);
    expect(stderr).toMatch(line);
    await expectNothing();
  });

  test('a loop of symbolic links', async () => {
    const duende = cli();
    symlinkSync('loop', join(duende.folder, 'loop'));
    const { code, stderr } = await duende.run([...web, '--', './loop']);
    expect([1, 2]).toContain(code);
    expect(stderr).toMatch(/^duende: [^\n]+\n$/);
    await expectNothing();
  });
});

describe('3 and 69', () => {
  test.each([
    ['status', 'web'],
    ['signal', 'web', 'HUP'],
    ['stop', 'web'],
    ['restart', 'web'],
    ['wait', 'web'],
    ['logs', 'web', '-f'],
    ['stats', 'web'],
    ['trace', 'web'],
    ['rm', 'web'],
    ['status', 'web', '--json'],
  ])('no such daemon: %j', async (...argv) => {
    expect(await cli().fails(3, argv)).toContain('No daemon is named "web"');
    expect(await cli().fails(3, argv, { env: { DUENDE_PLATFORM: '' } })).toContain(
      'No daemon is named "web" on native',
    );
  });
});

describe('a state folder that cannot be used', () => {
  let locked: string | undefined;
  afterEach(() => {
    if (locked) chmodSync(locked, 0o700);
  });

  test('is a file', async () => {
    const duende = cli();
    const file = join(duende.folder, 'file');
    writeFileSync(file, '');
    const env = { DUENDE_STATE_DIR: file };
    const { code, stderr } = await duende.run([...web, ...sleep], { env });
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/^duende: [^\n]+\n$/);
    const { code: doctor, stdout } = await duende.run(['doctor', '--json'], { env });
    expect(doctor).toBe(1);
    expect(JSON.parse(stdout).stateFolder).toMatchObject({
      ok: false,
      why: expect.stringContaining('not a folder'),
    });
  });

  test('others can write to it', async () => {
    const duende = cli();
    locked = join(duende.folder, 'open');
    mkdirSync(locked);
    chmodSync(locked, 0o777);
    const { stdout } = await duende.run(['doctor', '--json'], { env: { DUENDE_STATE_DIR: locked } });
    expect(JSON.parse(stdout).stateFolder).toMatchObject({
      ok: false,
      mode: '0777',
      fix: `chmod 700 ${locked}`,
    });
  });
});
