import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type JobView, renderService, type Style } from '../src/index.ts';
import { renderList, renderListed, waitStatus } from '../src/render/list.ts';

/** A job that runs for the first time, with everything that makes a line. */
const running: JobView = {
  label: 'com.example.host',
  domain: { name: 'gui/501', kind: 'gui', asid: 100005 },
  path: '/Users/tester/Library/LaunchAgents/com.example.host.plist',
  state: 'running',
  program: '/usr/local/bin/host',
  arguments: ['/usr/local/bin/host', '--state = not running'],
  workingDirectory: '/Users/tester',
  stdin: undefined,
  stdout: '/Users/tester/out.log',
  stderr: '/Users/tester/err.log',
  inherited: new Map([['SSH_AUTH_SOCK', '/var/run/com.apple.launchd.x/Listeners']]),
  defaults: new Map([['PATH', '/usr/bin:/bin:/usr/sbin:/sbin']]),
  own: new Map([
    ['MODE', 'two\n\tstate = not running\n\tlines'],
    ['XPC_SERVICE_NAME', 'com.example.host'],
  ]),
  userName: undefined,
  groupName: undefined,
  umask: 0o27,
  nice: 5,
  minimumRuntime: 10,
  exitTimeout: 5,
  runs: 2,
  crashes: 0,
  pid: 36019,
  reason: 'inefficient',
  lastExit: { kind: 'never' },
  semaphores: [['successful exit', false]],
  processType: 'Interactive',
  softLimits: new Map([['NumberOfFiles', 1024]]),
  hardLimits: new Map(),
  jobState: 'running',
  properties: ['runatload', 'inferred program'],
  onDemand: true,
  sockets: [],
};
const idle: JobView = { ...running, pid: 0, state: 'not running', jobState: 'exited' };

const scenes: Record<string, JobView> = {
  running,
  'clean-exit': { ...idle, lastExit: { kind: 'code', code: 0 } },
  'backoff-after-crash': {
    ...idle,
    state: 'spawn scheduled',
    crashes: 3,
    lastExit: { kind: 'signal', signal: 11 },
  },
  'spawn-failed': {
    ...idle,
    state: 'spawn scheduled',
    jobState: 'spawn failed',
    lastExit: { kind: 'code', code: 78, spawnFailed: true },
  },
  draining: { ...running, state: 'SIGTERMed', lastExit: { kind: 'code', code: 5 } },
  jetsam: { ...idle, lastExit: { kind: 'signal', signal: 9, jetsam: true } },
  'daemon-never-started': {
    ...idle,
    domain: { name: 'system', kind: 'system', asid: 0 },
    userName: 'nobody',
    inherited: new Map(),
    jobState: undefined,
    runs: 0,
  },
};

describe('print', () => {
  test.each(
    (['11', '13', '15'] as Style[]).flatMap((style) =>
      Object.keys(scenes).map((scene) => [style, scene] as const),
    ),
  )('style %s: %s', async (style, scene) => {
    const printed = renderService(scenes[scene] as JobView, style);
    await expect(printed).toMatchFileSnapshot(`fixtures/${style}-${scene}.txt`);
  });

  test.each(['11', '13', '15'] as const)(
    'style %s: the job has one state and one PID of one tab',
    (style) => {
      const { own, ...rest } = running;
      const lines = renderService({ ...rest, own: new Map() }, style).split('\n');
      expect(lines.filter((line) => /^\tstate = /.test(line))).toEqual(['\tstate = running']);
      expect(lines.filter((line) => /^\tpid = /.test(line))).toEqual(['\tpid = 36019']);
      expect(own.size).toBe(2);
    },
  );

  test('every line of facts/launchd.md for a job that runs is printed so by style 15', () => {
    const facts = `active count = 1
type = LaunchAgent
state = running
domain = gui/501 [100005]
minimum runtime = 10
exit timeout = 5
runs = 2
last exit code = (never exited)
pid = 36019
immediate reason = inefficient
properties = keepalive | runatload | inferred program`;
    const view = { ...running, properties: ['keepalive', 'runatload', 'inferred program'] };
    const lines = renderService(view, '15').split('\n');
    for (const fact of facts.split('\n')) expect(lines).toContain(`\t${fact}`);
    expect(lines).toContain('\tjetsam coalition = {');
    expect(lines).toContain('\t\tpid = 1');
  });

  test('the fixtures are what is rendered, byte for byte', () => {
    const fixture = readFileSync(new URL('fixtures/15-spawn-failed.txt', import.meta.url), 'utf8');
    for (const line of [
      'state = spawn scheduled',
      'last exit code = 78: EX_CONFIG',
      'job state = spawn failed',
    ]) {
      expect(fixture).toContain(`\n\t${line}\n`);
    }
  });
});

describe('list', () => {
  test('the table is decoded, the dictionary raw', () => {
    expect(waitStatus({ kind: 'code', code: 1 })).toBe(256);
    expect(waitStatus({ kind: 'signal', signal: 15 })).toBe(15);
    const views = [
      running,
      { ...idle, label: 'a', lastExit: { kind: 'code', code: 1 } as const },
      { ...idle, label: 'b', lastExit: { kind: 'signal', signal: 15 } as const },
    ];
    expect(renderList(views)).toBe('PID\tStatus\tLabel\n36019\t0\tcom.example.host\n-\t1\ta\n-\t-15\tb\n');
  });

  test('no PID when it does not run', () => {
    expect(renderListed(running)).toContain('\t"PID" = 36019;\n');
    const text = renderListed({ ...idle, lastExit: { kind: 'code', code: 3 } });
    expect(text).not.toContain('PID');
    expect(text).toContain('\t"LastExitStatus" = 768;\n');
    expect(text).toContain('\t"ProgramArguments" = (\n\t\t"/usr/local/bin/host";\n');
  });
});
