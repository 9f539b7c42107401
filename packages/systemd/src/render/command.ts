import { other, quoteWord, type Setting } from './setting.ts';

export interface UnitCommand {
  readonly key: 'ExecStart' | 'ExecStopPost';
  /** Absolute. */
  readonly path: string;
  readonly args: readonly string[];
}

/**
 * A command without prefixes (systemd.service(5)): `ExecStartEx`, which takes them over D-Bus, is written by v252 into the transient
 * unit file under that name, which no unit file may have, so that the command is gone after a reload.
 */
export function command({ key, path, args }: UnitCommand): Setting {
  // In a file variables are expanded in all words but the first; ours have none.
  const line = [path, ...args].map(quoteWord).join(' ');
  return other(key, line, { name: key, signature: 'a(sasb)', value: [[path, [path, ...args], false]] });
}
