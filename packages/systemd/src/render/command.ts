import { other, quoteWord, type Setting } from './setting.ts';

/** `+` runs outside user, group and sandbox; systemd.service(5), "Special executable prefixes". */
export interface UnitCommand {
  readonly key: 'ExecStart' | 'ExecStopPost';
  readonly path: string;
  readonly args: readonly string[];
  readonly privileged?: boolean;
}

/** A command whose words are taken as they are: neither variables nor specifiers in it are expanded. */
export function command({ key, path, args, privileged = false }: UnitCommand): Setting {
  const flags = [...(privileged ? ['privileged'] : []), 'no-env-expand'];
  // `:` is no-env-expand in a file. argv[0] is the path.
  const line = `${privileged ? '+' : ''}:${[path, ...args].map(quoteWord).join(' ')}`;
  const value = [[path, [path, ...args], flags]];
  return other(key, line, { name: `${key}Ex`, signature: 'a(sasas)', value });
}
