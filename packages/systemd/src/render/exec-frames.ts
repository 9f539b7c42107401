import type { DaemonSpec } from '@duende/core/contract';
import { healthFrames } from '@duende/program';
import type { Frame } from '../frames.ts';

/** The program as it is executed: by its absolute path, with what a module daemon's host needs besides. */
export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Pure: what the helper executes, byte for byte. `healthCommand` is the file of a command check. */
export function execFrames(spec: DaemonSpec, program: Program, healthCommand?: string): Frame[] {
  const argv0 = 'program' in spec ? spec.program : program.file;
  return [
    ['identifier', spec.name],
    ['program', program.file],
    ...[argv0, ...program.args].map((argument): Frame => ['argument', argument]),
    ...Object.entries({ ...program.env, ...spec.env }).map(
      ([name, value]): Frame => ['variable', `${name}=${value}`],
    ),
    ...healthFrames(spec, healthCommand, 'linux'),
  ];
}
