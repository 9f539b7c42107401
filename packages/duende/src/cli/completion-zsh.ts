import { type CompletedCommand, type CompletedOption, daemonNames, type Offer } from './completion-model.ts';

export function zshCompletion(commands: readonly CompletedCommand[]): string {
  return `#compdef duende
# zsh completion of duende

_duende_names() {
  local -a names
  names=(\${(f)"$(${daemonNames})"})
  compadd -a names
}

_duende() {
  local -a commands
  commands=(
${commands.map(({ name, summary }) => `    ${quoteZsh(`${name}:${summary}`)}`).join('\n')}
    'help:Show help'
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${commands.map(commandCase).join('\n')}
    help) _describe command commands ;;
  esac
}

if [ "$funcstack[1]" = _duende ]; then _duende "$@"; else compdef _duende duende; fi`;
}

function commandCase({ name, options, positionals, program }: CompletedCommand): string {
  const specs = [
    ...options.map(optionSpec),
    ...positionals.map((offer, index) => quoteZsh(`${index + 1}:argument:${action(offer)}`)),
    ...(program ? [`'1:program:_command_names -e'`, `'*::arguments:_normal'`] : []),
  ];
  return `    ${name}) _arguments -s -S ${specs.join(' ')} ;;`;
}

function optionSpec({ name, short, help, multiple, value }: CompletedOption): string {
  const text = help.replace(/[[\]:\\]/g, '\\$&');
  const rest = `[${text}]${value === undefined ? '' : `:value:${action(value)}`}`;
  if (short === undefined) return quoteZsh(`${multiple ? '*' : ''}--${name}${value ? '=' : ''}${rest}`);
  const forms = `{-${short},--${name}}`;
  const exclusion = multiple ? quoteZsh('*') : quoteZsh(`(-${short} --${name})`);
  return `${exclusion}${forms}${quoteZsh(rest)}`;
}

function action(offer: Offer): string {
  if (offer === 'file') return '_files';
  if (offer === 'folder') return '_files -/';
  if (offer === 'daemon') return '_duende_names';
  return offer === 'nothing' ? ' ' : `(${offer.join(' ')})`;
}

function quoteZsh(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
