import { describe, expect, test } from 'vitest';
import { parseArguments } from '../src/cli/arguments.ts';
import type { Command } from '../src/cli/command.ts';
import { command as logs } from '../src/cli/commands/logs.ts';
import { command as signal } from '../src/cli/commands/signal.ts';
import { command as spawn } from '../src/cli/commands/spawn.ts';
import { suggest } from '../src/cli/suggest.ts';
import { exitCodeOf } from '../src/cli/usage.ts';

function fail(command: Command, argv: string[]): string {
  try {
    parseArguments(command, argv);
  } catch (error) {
    expect(exitCodeOf(error)).toBe(2);
    return (error as { toLine(): string }).toLine();
  }
  throw new Error(`${argv.join(' ')} was accepted`);
}

describe('parseArguments', () => {
  test.each([
    [['web', '-f', '-n', '100']],
    [['web', '-fn100']],
    [['web', '-fn=100']],
    [['--follow', '--tail=100', 'web']],
    [['-n', '100', 'web', '--follow']],
  ])('reads %j', (argv) => {
    const args = parseArguments(logs, argv);
    expect(args.positional('NAME')).toBe('web');
    expect(args.has('follow')).toBe(true);
    expect(args.number('tail')).toBe(100);
    expect(args.has('json')).toBe(false);
  });

  test('keeps what follows -- as it is', () => {
    const program = ['node', '--name', 'x', '--', '', '-h', '$HOME\n'];
    const args = parseArguments(spawn, ['--name', 'web', '--', ...program]);
    expect(args.program).toEqual(program);
    expect(args.text('name')).toBe('web');
    expect(args.has('help')).toBe(false);
  });

  test('gathers repeated options in their order', () => {
    const args = parseArguments(spawn, ['-e', 'A=1', '--env', 'B=x=y', '-eC', '--env=D=']);
    expect(args.list('env')).toEqual(['A=1', 'B=x=y', 'C', 'D=']);
  });

  test.each([
    [logs, ['web', '--folow'], /Unknown option "--folow"\. Did you mean --follow\?/],
    [spawn, ['--memroy', '1M'], /Did you mean --memory\?/],
    [logs, ['web', '-x'], /Unknown option "-x"\. See duende logs --help/],
    [logs, ['web', '--tail'], /--tail needs a value: --tail LINES/],
    [logs, ['web', '--tail', '--json'], /--tail needs a value: .*written --tail=--json/],
    [logs, ['web', '--tail', 'many'], /--tail: expected a whole number, got "many"/],
    [logs, ['web', '--tail=-1'], /--tail: expected a whole number/],
    [logs, ['web', '--follow=yes'], /--follow takes no value, got "yes"/],
    [logs, ['web', '-n', '1', '-n', '2'], /-n was given twice/],
    [logs, [], /logs needs NAME\. Example: duende logs/],
    [logs, ['web', 'api'], /Unexpected argument "api"/],
    [logs, ['web', '--', 'api'], /Unexpected argument "api"/],
    [spawn, ['--name', 'web', 'node'], /The program goes behind --: duende spawn \.\.\. -- node/],
    [spawn, ['--memory', 'much'], /--memory: expected a size such as "64M", got "much"/],
    [spawn, ['--stop-timeout', '10'], /--stop-timeout: expected a duration such as "10s", got "10"/],
    [spawn, ['--cpu', 'half'], /--cpu: expected a percentage/],
    [spawn, ['--restart', 'sometimes'], /--restart: expected one of never, on-failure/],
    [spawn, ['--restart', 'always:'], /--restart: expected/],
    [spawn, ['--platform', 'windows'], /--platform: expected one of wos, pepita/],
    [signal, ['web', 'HUPP'], /SIGNAL: expected one of TERM.*got "HUPP"\. Did you mean HUP\?/],
    [signal, ['web'], /signal needs SIGNAL/],
  ])('refuses %#', (command, argv, line) => {
    expect(fail(command, argv)).toMatch(line);
  });

  test('cuts a long value in its message', () => {
    const line = fail(spawn, ['--memory', 'x'.repeat(1_000_000)]);
    expect(line.length).toBeLessThan(200);
  });

  test('--help is accepted without what is needed otherwise', () => {
    expect(parseArguments(logs, ['--help']).has('help')).toBe(true);
  });
});

describe('suggest', () => {
  const known = ['status', 'stats', 'stop', 'spawn', 'restart'];
  test.each([
    ['statsu', 'status'],
    ['stauts', 'status'],
    ['spwan', 'spawn'],
    ['rest', 'restart'],
    ['STOP', 'stop'],
    ['frobnicate', undefined],
    ['x'.repeat(10_000), undefined],
  ])('%#', (word, expected) => {
    expect(suggest(word, known)).toBe(expected);
  });
});
