import { beforeAll, describe, expect, it } from 'vitest';
import { useWos } from './support/wosd.ts';

const makeWos = useWos();

describe('wos-ctl without a kernel', () => {
  const wos = makeWos();

  it.each(['shutdown', 'top', 'kill 2', 'terminate 2', 'renice 2 3', 'trace 2', 'send 2 x', 'rm 2'])(
    '%s says that there is none',
    async (line) => {
      expect(await wos.ctl(line.split(' '))).toEqual({
        code: 69,
        stdout: '',
        stderr: 'wos-ctl: The kernel does not run. wos-ctl spawn starts it, and so does: wos-ctl boot\n',
      });
    },
  );

  it.each([
    ['frob', 2, 'There is no command "frob". See wos-ctl --help'],
    ['statu', 2, 'There is no command "statu". Did you mean status?'],
    ['--pid 3', 2, 'Unexpected "--pid" before the command. See wos-ctl --help'],
    ['spawn', 2, 'spawn needs --wasm. Example: wos-ctl spawn --name web'],
    ['spawn --wasm', 2, '--wasm needs a value: --wasm FILE'],
    ['spawn --wasm a.wasm --priority 8', 2, '--priority: expected 0 to 7 or one of critical, high'],
    ['spawn --wasm a.wasm --cap root', 2, '--cap: expected net, net:connect=HOST:PORT'],
    ['spawn --wasm a.wasm --cap net:listen=nowhere', 2, '--cap: expected net, net:connect=HOST:PORT'],
    ['spawn --wasm a.wasm --env =x', 2, '--env: expected NAME=VALUE, got "=x"'],
    ['spawn --wasm a.wasm --isolation vm', 2, '--isolation: expected shared or process, got "vm"'],
    ['spawn --wasm a.wasm --memory lots', 2, '--memory: expected a size such as 64M, got "lots"'],
    ['spawn --wasm a.wasm --wasm b.wasm', 2, '--wasm was given twice'],
    ['spawn --wasm a.wasm extra', 2, 'Unexpected argument "extra". Arguments of the program go behind --'],
    ['kill 2 --signal SEGV', 2, '--signal: expected one of TERM, KILL'],
    ['kill', 2, 'Which process? Give --pid or --name'],
    ['status 0', 2, 'PID: expected a PID, got "0"'],
    ['status --pid 2 --name x', 2, '--pid and --name were both given'],
    ['terminate 2 --timeout 10', 2, '--timeout: expected a duration such as 10s, got "10"'],
    ['ps --frob', 2, 'Unknown option "--frob". See wos-ctl ps --help'],
    ['ps -- x', 2, 'Unexpected --'],
    ['renice 2', 2, 'renice needs --priority'],
    ['status 2', 3, 'There is no process 2, and no kernel runs'],
    ['logs --name x', 3, 'There is no process "x", and no kernel runs'],
  ])('%s ends with %d: %s', async (line, code, message) => {
    const ended = await wos.ctl(line.split(' '));
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr).toMatch(/^wos-ctl: [^\n]+\n$/);
    expect(ended.stderr).toContain(`wos-ctl: ${message}`);
  });

  it('lists nothing where nothing runs', async () => {
    expect(await wos.ctl(['ps', '--json'])).toEqual({ code: 0, stdout: '[]\n', stderr: '' });
  });

  it('says what it can do', async () => {
    expect((await wos.ctl(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const { stdout } = await wos.ctl(['--help']);
    const commands = stdout.match(/^ {2}[a-z]+(?= {2,})/gm)?.map((name) => name.trim()) ?? [];
    expect(commands.length).toBeGreaterThan(12);
    for (const command of commands) {
      const page = await wos.ctl([command, '--help']);
      expect(page).toMatchObject({ code: 0, stderr: '' });
      expect(page.stdout).toContain(`Usage: wos-ctl ${command}`);
      expect(page.stdout).toMatch(/Examples?:\n {2}wos-ctl /);
    }
    expect((await wos.ctl([])).code).toBe(2);
  });
});

describe('wos-ctl with a kernel', () => {
  const wos = makeWos();
  beforeAll(async () => {
    await wos.start();
  });

  it.each([
    ['kill 99', 3, 'There is no process 99. List them with: wos-ctl ps --all'],
    ['kill --name none', 3, 'There is no process "none"'],
    ['kill 1', 1, 'PID 1 is init: shut the kernel down instead'],
    ['renice 99 3', 3, 'There is no process 99'],
    ['trace 99', 3, 'There is no process 99'],
    ['send 99 text', 3, 'There is no process 99'],
    ['terminate 99', 3, 'There is no process 99'],
    ['logs -f 99', 3, 'There is no process 99'],
    ['spawn --wasm /none.wasm', 1, 'The module /none.wasm cannot be read'],
    ['spawn --wasm /proc/version', 1, ''],
    ['spawn --wasm /none.wasm --name a/b', 2, 'name: expected 1 to 80 letters'],
  ])('%s ends with %d: %s', async (line, code, message) => {
    const ended = await wos.ctl(line.split(' '));
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr).toMatch(/^wos-ctl: [^\n]+\n$/);
    expect(ended.stderr).toContain(`wos-ctl: ${message}`);
  });
});
