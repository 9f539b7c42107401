import { commands } from '../../cli-commands.ts';
import { quote } from '../arguments.ts';
import type { Command } from '../command.ts';
import { bashCompletion } from '../completion-bash.ts';
import { fishCompletion } from '../completion-fish.ts';
import { completionModel } from '../completion-model.ts';
import { zshCompletion } from '../completion-zsh.ts';
import { didYouMean } from '../suggest.ts';
import { usageError } from '../usage.ts';

const shells = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

export const command: Command = {
  name: 'completion',
  summary: 'Print a completion script for bash, zsh or fish',
  positionals: [{ title: 'SHELL', complete: Object.keys(shells), help: 'bash, zsh or fish' }],
  options: [],
  examples: [
    'duende completion bash > ~/.local/share/bash-completion/completions/duende',
    'duende completion zsh > ~/.zfunc/_duende',
    'duende completion fish > ~/.config/fish/completions/duende.fish',
  ],
  async run({ args, out, json }) {
    const shell = args.positional('SHELL');
    const names = Object.keys(shells);
    if (!names.includes(shell)) {
      const hint = didYouMean(shell, names);
      throw usageError(`SHELL: expected one of ${names.join(', ')}, got ${quote(shell)}`, hint);
    }
    const model = completionModel(await Promise.all(commands.map((entry) => entry.load())));
    const script = shells[shell as keyof typeof shells](model);
    if (json) out.json({ shell, script });
    else out.print(script);
    return undefined;
  },
};
