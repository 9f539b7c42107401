import { describe, expect, test } from 'vitest';
import { jobState } from '../src/job-state.ts';
import { parseList } from '../src/parse-list.ts';
import { parsePrint } from '../src/parse-print.ts';

/** ../shared/facts: macOS 13, trimmed. */
const running = `gui/501/com.example.host = {
	active count = 1
	type = LaunchAgent
	state = running
	domain = gui/501 [100005]
	minimum runtime = 10
	exit timeout = 5
	runs = 2
	successive crashes = 0
	last exit code = (never exited)
	pid = 36019
	immediate reason = inefficient
	jetsam coalition = {
		state = active
		pid = 1
	}
	properties = keepalive | runatload | inferred program
}
`;

const service = (...lines: string[]): string =>
  ['gui/501/com.duende.a = {', ...lines.map((line) => `\t${line}`), '}', ''].join('\n');

const stateOf = (...lines: string[]) => jobState(parsePrint(service(...lines)));

describe('launchctl print', () => {
  test('only lines of one tab count, and unknown keys are kept', () => {
    const fields = parsePrint(running);
    expect(fields.get('state')).toBe('running');
    expect(fields.get('pid')).toBe('36019');
    expect(fields.get('immediate reason')).toBe('inefficient');
    expect(fields.get('properties')).toBe('keepalive | runatload | inferred program');
    expect(jobState(fields)).toMatchObject({ kind: 'running', pid: 36019, exit: undefined, runs: 2 });
  });

  test('text in a nested block cannot pose as a key of the job, whatever it holds', () => {
    const text = service(
      'environment = {',
      '\tA => x',
      'state = running',
      'pid = 1',
      '}',
      'state = not running',
    );
    // A value with a line feed and a tab looks as a key of the job does.
    expect(jobState(parsePrint(text))).toMatchObject({ kind: 'idle', pid: undefined });
  });

  test.each([
    [
      'never started',
      ['state = not running', 'last exit code = (never exited)'],
      { kind: 'idle', exit: undefined },
    ],
    [
      'a clean exit',
      ['state = not running', 'job state = exited', 'last exit code = 0'],
      { kind: 'idle', exit: { code: 0 }, spawnFailed: false },
    ],
    [
      'its throttle',
      ['state = spawn scheduled', 'last exit code = 5'],
      { kind: 'scheduled', exit: { code: 5 } },
    ],
    [
      'a program that cannot be executed',
      ['state = spawn scheduled', 'last exit code = 78: EX_CONFIG', 'job state = spawn failed'],
      { kind: 'scheduled', spawnFailed: true },
    ],
    [
      'a program that itself exits 78',
      ['state = not running', 'last exit code = 78: EX_CONFIG', 'job state = exited'],
      { exit: { code: 78 }, spawnFailed: false },
    ],
    [
      'a crash, which has no exit code',
      ['state = not running', 'last terminating signal = Segmentation fault: 11'],
      { exit: { signal: 'SIGSEGV' } },
    ],
    [
      'a signal by its number of macOS',
      ['last terminating signal = User defined signal 1: 30'],
      { exit: { signal: 'SIGUSR1' } },
    ],
    ['its start', ['state = xpcproxy'], { kind: 'starting' }],
    ['its drain', ['state = SIGTERMed', 'pid = 7'], { kind: 'stopping', pid: 7 }],
    ['a state that nobody knows', ['state = contemplating'], { kind: 'idle' }],
    [
      'jetsam',
      [
        'state = not running',
        'last terminating signal = Killed: 9',
        'last exit reason = JETSAM_REASON_MEMORY',
      ],
      { exit: { signal: 'SIGKILL' }, jetsam: true },
    ],
  ])('%s', (_, lines, expected) => {
    expect(stateOf(...lines)).toMatchObject(expected);
  });

  test('whatever it is given, it does not throw', () => {
    for (const text of ['', '\n', '}', '\t}\n', 'x = {', '\t = \n\t=\n\tstate =', '\0'])
      expect(jobState(parsePrint(text)).kind).toBe('idle');
  });
});

describe('launchctl list LABEL', () => {
  const list = (...lines: string[]) => `{\n${lines.map((line) => `\t${line}\n`).join('')}};\n`;

  test.each([
    ['"LastExitStatus" = 15;', { pid: undefined, lastExit: { signal: 'SIGTERM' } }],
    ['"LastExitStatus" = 256;', { pid: undefined, lastExit: { code: 1 } }],
    ['"LastExitStatus" = 19968;', { pid: undefined, lastExit: { code: 78 } }],
    ['"LastExitStatus" = 139;', { pid: undefined, lastExit: { signal: 'SIGSEGV', coreDumped: true } }],
    ['"PID" = 77;', { pid: 77, lastExit: undefined }],
  ])('%s', (line, expected) => {
    expect(parseList(list('"Label" = "com.duende.a";', line))).toEqual(expected);
  });
});
