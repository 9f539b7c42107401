import { type CompletedCommand, type CompletedOption, daemonNames, type Offer } from './completion-model.ts';

export function fishCompletion(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  return [
    '# fish completion of duende',
    'function __duende_names',
    `    ${daemonNames}`,
    'end',
    'complete -c duende -f',
    ...commands.map(
      ({ name, summary }) =>
        `complete -c duende -n __fish_use_subcommand -a ${name} -d ${quoteFish(summary)}`,
    ),
    `complete -c duende -n __fish_use_subcommand -a help -d 'Show help'`,
    `complete -c duende -n '__fish_seen_subcommand_from help' -a ${quoteFish(names)}`,
    ...commands.flatMap(commandLines),
  ].join('\n');
}

function commandLines({ name, options, positionals }: CompletedCommand): string[] {
  const start = `complete -c duende -n '__fish_seen_subcommand_from ${name}'`;
  return [
    ...positionals.flatMap((offer) => (offer === 'nothing' ? [] : [`${start} ${words(offer)}`])),
    ...options.map((option) => `${start} ${optionWords(option)}`),
  ];
}

function optionWords({ name, short, help, value }: CompletedOption): string {
  const parts = [`-l ${name}`, ...(short ? [`-s ${short}`] : []), `-d ${quoteFish(help)}`];
  if (value !== undefined) parts.push(value === 'nothing' ? '-x' : `-r ${words(value)}`);
  return parts.join(' ');
}

function words(offer: Offer): string {
  if (offer === 'file') return '-F';
  if (offer === 'folder') return `-f -a '(__fish_complete_directories)'`;
  if (offer === 'daemon') return `-f -a '(__duende_names)'`;
  return offer === 'nothing' ? '-f' : `-f -a ${quoteFish(offer.join(' '))}`;
}

function quoteFish(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
