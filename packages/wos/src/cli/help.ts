import type { Command } from './command.ts';
import type { CommandEntry } from './commands.ts';
import { commonOptions, type OptionSpec } from './option.ts';

const columns = 100;
/** The widest left column; what is wider has a line of its own. */
const widest = 34;

/** Pure: the page that `wos-ctl --help` shows. */
export function overview(commands: readonly CommandEntry[]): string {
  return [
    'Runs WebAssembly modules as processes of a preemptive kernel.',
    '',
    'Usage: wos-ctl COMMAND [OPTION...]',
    '',
    'Commands:',
    ...aligned(commands.map(({ name, summary }) => [name, summary])),
    '',
    'On every command:',
    ...optionLines(commonOptions),
    '',
    'Examples:',
    '  wos-ctl spawn --name web --wasm web.wasm --cap net:listen=127.0.0.1:8080',
    '  wos-ctl spawn --wait --wasm hello.wasm -- one two',
    '  wos-ctl ps',
    '  wos-ctl kill --pid 2 --signal HUP',
    '',
    'Exit codes: 0 done, 1 the operation failed, 2 wrong usage or setting, 3 no such process,',
    '  69 the kernel does not run or cannot run here. spawn --wait: that of the process, or 128 and its signal.',
    'Environment: DUENDE_STATE_DIR where state is kept, NO_COLOR.',
    'wos-ctl COMMAND --help says more about one.',
  ].join('\n');
}

/** Pure: the page of one command. */
export function commandHelp(command: Command): string {
  const { options, details, examples } = command;
  const needed = command.needs?.map((name) => {
    const value = options.find((option) => option.name === name)?.value;
    return value === undefined ? `--${name}` : `--${name} ${value}`;
  });
  const usage = [
    'wos-ctl',
    command.name,
    ...(needed ?? []),
    '[OPTION...]',
    command.program ? '[-- ARG...]' : '',
    command.afterDashes === undefined ? '' : `[-- ${command.afterDashes}]`,
  ];
  return [
    `${command.summary}.`,
    '',
    `Usage: ${usage.filter((word) => word !== '').join(' ')}`,
    '',
    'Options:',
    ...optionLines([...options, ...commonOptions]),
    ...(details ? ['', ...details.flatMap((text) => wrap(text, columns))] : []),
    '',
    examples.length > 1 ? 'Examples:' : 'Example:',
    ...examples.map((line) => `  ${line}`),
  ].join('\n');
}

function optionLines(options: readonly OptionSpec[]): string[] {
  return aligned(
    options.map(({ name, short, value, multiple, help }) => [
      `${short ? `-${short}, ` : '    '}--${name}${value === undefined ? '' : ` ${value}`}`,
      multiple ? `${help}; repeatable` : help,
    ]),
  );
}

function aligned(rows: readonly (readonly [left: string, right: string])[]): string[] {
  const width = Math.min(widest, Math.max(...rows.map(([left]) => left.length)));
  return rows.flatMap(([left, right]) => {
    const [first = '', ...rest] = wrap(right, columns - width - 4);
    const indent = ' '.repeat(width + 4);
    const head = left.length > width ? [`  ${left}`, indent + first] : [`  ${left.padEnd(width)}  ${first}`];
    return [...head, ...rest.map((line) => indent + line)];
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
