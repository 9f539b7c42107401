import { type Clause, clause } from '../clause.ts';
import type { ClauseContext, ProgramInput } from '../context.ts';
import { check, equal, rejects, show } from '../expect.ts';
import { nothingLeft } from '../observe.ts';

const names: Readonly<Record<string, string>> = {
  slash: 'a/b',
  'parent-folder': '..',
  'parent-in-path': '../../etc/passwd',
  'two-dots': 'a..b',
  newline: 'a\nb',
  nul: 'a\0b',
  empty: '',
  'leading-dash': '-rf',
  'leading-dot': '.hidden',
  space: 'a b',
  'too-long': 'n'.repeat(64),
  unicode: 'démon',
};

type Make = (context: ClauseContext) => Promise<Partial<ProgramInput>> | Partial<ProgramInput>;
type Case = readonly [id: string, field: string, title: string, make: Make];

const cases: readonly Case[] = [
  ['env-value-of-1-mb', 'env', 'an environment value of 1 MB', () => ({ env: { BIG: 'x'.repeat(1 << 20) } })],
  ['env-value-with-nul', 'env', 'a NUL in an environment value', () => ({ env: { BAD: 'a\0b' } })],
  ['env-name-with-equals', 'env', 'an environment name with "="', () => ({ env: { 'A=B': 'c' } })],
  ['env-name-empty', 'env', 'an empty environment name', () => ({ env: { '': 'c' } })],
  ['arg-of-1-mb', 'args', 'an argument of 1 MB', () => ({ args: ['x'.repeat(1 << 20)] })],
  ['arg-with-nul', 'args', 'a NUL in an argument', () => ({ args: ['fine', 'a\0b'] })],
  [
    'program-beyond-path-max',
    'program',
    'a program path beyond PATH_MAX',
    () => ({ program: `/${'p/'.repeat(3000)}` }),
  ],
  ['program-empty', 'program', 'an empty program', () => ({ program: '' })],
  ['program-with-nul', 'program', 'a NUL in the program', () => ({ program: '/bin/a\0b' })],
  [
    'program-symlink-loop',
    'program',
    'a program that is a symbolic link to itself',
    async ({ probe }) => ({ program: await probe.symlinkLoop('loop') }),
  ],
  [
    'cwd-beyond-path-max',
    'cwd',
    'a working folder beyond PATH_MAX',
    () => ({ cwd: `/${'c/'.repeat(3000)}` }),
  ],
  ['cwd-with-nul', 'cwd', 'a NUL in the working folder', () => ({ cwd: '/tmp/a\0b' })],
  [
    'cwd-symlink-loop',
    'cwd',
    'a working folder that is a symbolic link to itself',
    async ({ probe }) => ({ cwd: await probe.symlinkLoop('loop') }),
  ],
  ['negative-timeout', 'stopTimeout', 'a negative timeout', () => ({ stopTimeout: -1 })],
  ['duration-without-unit', 'startTimeout', 'a duration without a unit', () => ({ startTimeout: '10' })],
  ['size-of-nonsense', 'resources', 'a size that is none', () => ({ resources: { memoryMax: 'lots' } })],
];

/** A Config error that names the field and says why in one line. */
async function refused(context: ClauseContext, spec: ProgramInput, field: string): Promise<void> {
  const wanted = { code: 'Config', reason: 'invalid-setting', field } as const;
  const before = (await context.adapter.list()).map(({ name }) => name);
  const error = await rejects(context.adapter.spawn(spec), wanted, 'spawn');
  check(error.message.length > 0 && error.message.length < 1000, `message: got ${show(error.message)}`);
  const after = (await context.adapter.list()).map(({ name }) => name);
  check(before.includes(spec.name) || !after.includes(spec.name), `list() has ${show(spec.name)}`);
}

/** Point 18: bad input is a Config error that says which field and why; nothing is half made. */
export const badInputClauses: readonly Clause[] = [
  ...Object.entries(names).map(([kind, name]) =>
    clause({
      id: `bad-input.name-${kind}`,
      contract: 18,
      title: `the name ${JSON.stringify(name.slice(0, 20))} is refused`,
      logs: false,
      async run(context) {
        await refused(context, await context.define(['park'], { name }), 'name');
      },
    }),
  ),
  ...cases.map(([id, field, what, make]) =>
    clause({
      id: `bad-input.${id}`,
      contract: 18,
      title: `${what} is refused`,
      logs: false,
      async run(context) {
        const spec = await context.define(['park'], await make(context));
        await refused(context, spec, field);
        await nothingLeft(context, spec.name);
      },
    }),
  ),
  clause({
    id: 'bad-input.env-value-below-limit',
    contract: 18,
    title: 'the longest environment value that execve takes is not refused',
    logs: false,
    async run(context) {
      // MAX_ARG_STRLEN of Linux, with NAME=, and the NUL.
      const env = { BIG: 'x'.repeat(131_072 - 'BIG='.length - 1) };
      const handle = await context.spawn(['exit', '0'], { env });
      equal((await context.adapter.wait(handle)).state, 'stopped', 'state');
    },
  }),
  clause({
    id: 'bad-input.find-odd-name',
    contract: 18,
    title: 'find() of a name that no daemon can have is undefined or a Config error, and touches nothing',
    logs: false,
    async run(context) {
      for (const name of Object.values(names)) {
        const found = await context.adapter.find(name).catch((error: { code?: string }) => {
          check(error.code === 'Config', `find(${show(name)}): expected a Config error, got ${show(error)}`);
        });
        equal(found, undefined, `find(${show(name)})`);
      }
    },
  }),
];
