import { describeText } from './language.ts';

/** Prints what the daemon was given, one item a line, as JSON strings. */
export function report(args: readonly string[], say: (text: string) => void): void {
  say(`pid ${process.pid}`);
  say(`uid ${process.getuid?.() ?? 0}`);
  say(`gid ${process.getgid?.() ?? 0}`);
  say(describeText('cwd', process.cwd()));
  for (const arg of args) say(describeText('arg', arg));
  for (const [name, value] of Object.entries(process.env)) say(describeText('env', `${name}=${value}`));
  say('end');
}
