import { type CompletedCommand, daemonNames, type Offer } from './completion-model.ts';

/** bash 3.2 and later: no associative arrays. */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  return `# bash completion of duende
_duende_names() {
  ${daemonNames}
}

_duende() {
  local word=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  local index place=0 words='' flags='' takes=''
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${commands.map(({ name }) => name).join(' ')} help --help --version' -- "$word"))
    return
  fi
  case $command in
${commands.map(flagCase).join('\n')}
    help) words='${commands.map(({ name }) => name).join(' ')}' ;;
  esac
  for ((index = 2; index < COMP_CWORD; index++)); do
    case \${COMP_WORDS[index]} in
      --)
        case $command in
          ${commands
            .filter(({ program }) => program)
            .map(({ name }) => name)
            .join('|')})
            if [ "$index" -eq $((COMP_CWORD - 1)) ]; then COMPREPLY=($(compgen -c -- "$word")); fi ;;
        esac
        return ;;
      -*) case " $takes " in *" \${COMP_WORDS[index]} "*) index=$((index + 1)) ;; esac ;;
      *) place=$((place + 1)) ;;
    esac
  done
  case " $takes " in
    *" $previous "*)
      case $previous in
${valueCases(commands)}
      esac
      return ;;
  esac
  case $word in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$word")); return ;;
  esac
  case $command:$place in
${commands.flatMap(positionalCases).join('\n')}
    help:0) COMPREPLY=($(compgen -W "$words" -- "$word")) ;;
  esac
}

complete -F _duende duende`;
}

function flagCase({ name, options, program }: CompletedCommand): string {
  const flags = options.map((option) => `--${option.name}`);
  const takes = options
    .filter(({ value }) => value !== undefined)
    .flatMap((option) => (option.short ? [`--${option.name}`, `-${option.short}`] : [`--${option.name}`]));
  return `    ${name}) flags='${[...flags, ...(program ? ['--'] : [])].join(' ')}' takes='${takes.join(' ')}' ;;`;
}

/** Options of one name mean the same on every command, except for their short forms: those are named by command. */
function valueCases(commands: readonly CompletedCommand[]): string {
  const cases = new Map<string, Offer>();
  for (const { options } of commands) {
    for (const { name, value } of options) {
      if (value !== undefined && value !== 'nothing') cases.set(name, value);
    }
  }
  const shortOf = (name: string) => {
    const short = commands.flatMap(({ options }) => options).find((option) => option.name === name)?.short;
    return short === undefined || isShared(commands, short) ? '' : `|-${short}`;
  };
  return [...cases]
    .map(([name, offer]) => `        --${name}${shortOf(name)}) ${reply(offer)} ;;`)
    .join('\n');
}

function isShared(commands: readonly CompletedCommand[], short: string): boolean {
  const all = commands.flatMap(({ options }) => options).filter((option) => option.short === short);
  return new Set(all.map(({ name }) => name)).size > 1;
}

function positionalCases({ name, positionals }: CompletedCommand): string[] {
  return positionals.flatMap((offer, place) =>
    offer === 'nothing' ? [] : [`    ${name}:${place}) ${reply(offer)} ;;`],
  );
}

function reply(offer: Offer): string {
  if (offer === 'file') return 'compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$word"))';
  if (offer === 'folder') return 'compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$word"))';
  if (offer === 'daemon') return 'COMPREPLY=($(compgen -W "$(_duende_names)" -- "$word"))';
  if (offer === 'nothing') return ':';
  return `COMPREPLY=($(compgen -W '${offer.join(' ')}' -- "$word"))`;
}
