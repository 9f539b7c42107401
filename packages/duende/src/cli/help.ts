import { commands } from '../cli-commands.ts';
import type { Command } from './command.ts';
import { commonOptions, type OptionSpec } from './option.ts';

const columns = 100;

/** The page that `duende --help` shows. */
export function overview(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    'Runs daemons: one definition on every platform.',
    '',
    'Usage: duende COMMAND [OPTION...]',
    '',
    'Commands:',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'On every command:',
    ...optionLines(commonOptions),
    '',
    'Examples:',
    '  duende spawn --name web --restart on-failure -- node server.js',
    '  duende logs web -f',
    '  duende status web --json',
    '',
    'Exit codes: 0 done, 1 the operation failed, 2 wrong usage or setting, 3 no such daemon,',
    '  69 the platform is not available here, 130 ended by Ctrl-C.',
    'Environment: DUENDE_PLATFORM the platform to use, DUENDE_CONTAINER_RUNTIME the container engine,',
    '  DUENDE_STATE_DIR where state is kept, NO_COLOR.',
    'duende COMMAND --help says more about one.',
  ].join('\n');
}

/** The page of one command. */
export function commandHelp(command: Command): string {
  const usage = [
    'duende',
    command.name,
    ...command.positionals.map(({ title }) => title),
    command.options.length > 0 ? '[OPTION...]' : '',
    command.program ? '[-- CMD ARG...]' : '',
  ];
  const positionals = command.positionals.map(({ title, help }) => [title, help] as const);
  return [
    `${command.summary}.`,
    '',
    `Usage: ${usage.filter((word) => word !== '').join(' ')}`,
    ...(positionals.length > 0 ? ['', ...aligned(positionals)] : []),
    '',
    'Options:',
    ...optionLines([...command.options, ...commonOptions]),
    ...(command.details ? ['', ...command.details.flatMap((text) => wrap(text, columns))] : []),
    '',
    command.examples.length > 1 ? 'Examples:' : 'Example:',
    ...command.examples.map((line) => `  ${line}`),
  ].join('\n');
}

function optionLines(options: readonly OptionSpec[]): string[] {
  return aligned(
    options.map((option) => {
      const short = option.short ? `-${option.short}, ` : '    ';
      const value = option.value === undefined ? '' : ` ${option.value}`;
      return [
        `${short}--${option.name}${value}`,
        option.multiple ? `${option.help}; repeatable` : option.help,
      ];
    }),
  );
}

function aligned(rows: readonly (readonly [left: string, right: string])[]): string[] {
  const width = Math.min(34, Math.max(...rows.map(([left]) => left.length)));
  return rows.flatMap(([left, right]) => {
    const lines = wrap(right, columns - width - 4);
    const indent = ' '.repeat(width + 4);
    const tooWide = left.length > width;
    const head = tooWide ? [`  ${left}`] : [];
    return [
      ...head,
      ...lines.map((line, index) =>
        index === 0 && !tooWide ? `  ${left.padEnd(width)}  ${line}` : `${indent}${line}`,
      ),
    ];
  });
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
