import type { PlatformError } from '@duende/core';
import { type Clause, clause } from '../clause.ts';
import type { ClauseContext, ProgramInput } from '../context.ts';
import { type Rejection, rejects } from '../expect.ts';
import { nothingLeft, running } from '../observe.ts';

/** Spawns what must fail, and checks that it left nothing and that its name is free. */
async function failsCleanly(
  context: ClauseContext,
  spec: ProgramInput,
  wanted: Rejection,
): Promise<PlatformError> {
  const error = await rejects(context.adapter.spawn(spec), wanted, 'spawn');
  await nothingLeft(context, spec.name);
  await running(context, await context.spawn(['park'], { name: spec.name }));
  return error;
}

const execFailed = ['exec-failed', 'not-found', 'permission-denied'] as const;
const refused = (...mentions: string[]): Rejection => ({
  code: 'SpawnFailed',
  reason: execFailed,
  ...(mentions.length > 0 && { mentions }),
});

/** Point 1: why a spawn failed, and that it leaves nothing behind. */
export const spawnFailureClauses: readonly Clause[] = [
  clause({
    id: 'spawn.reports-missing-program',
    contract: 1,
    title: 'a program that does not exist is SpawnFailed, and nothing is left',
    async run(context) {
      const program = `${await context.probe.directory('empty')}/no-such-program`;
      const spec = { ...(await context.define([])), program };
      await failsCleanly(context, spec, {
        ...refused('no-such-program'),
        reason: ['exec-failed', 'not-found'],
      });
    },
  }),
  clause({
    id: 'spawn.reports-not-executable',
    contract: 1,
    title: 'a file without the right to execute is SpawnFailed, and nothing is left',
    async run(context) {
      const program = await context.probe.file('plain-file', '#!/bin/sh\nexit 0\n', 0o644);
      const spec = { ...(await context.define([])), program };
      await failsCleanly(context, spec, refused('plain-file', 'ermission', 'EACCES', 'executable'));
    },
  }),
  clause({
    id: 'spawn.reports-directory-as-program',
    contract: 1,
    title: 'a folder as program is SpawnFailed, and nothing is left',
    async run(context) {
      const spec = { ...(await context.define([])), program: await context.probe.directory('a-folder') };
      await failsCleanly(context, spec, refused());
    },
  }),
  clause({
    id: 'spawn.never-falls-back-to-a-shell',
    contract: 3,
    title: 'a text file without an interpreter line is not given to a shell',
    async run(context) {
      const program = await context.probe.file('no-interpreter', 'exit 0\n', 0o755);
      const spec = { ...(await context.define([])), program };
      await failsCleanly(context, spec, {
        ...refused(),
        mentions: ['no-interpreter', 'format', 'ENOEXEC', 'executable'],
      });
    },
  }),
  clause({
    id: 'spawn.reports-missing-interpreter',
    contract: 1,
    title: 'a script whose interpreter does not exist is SpawnFailed, and nothing is left',
    async run(context) {
      const program = await context.probe.file('bad-script', '#!/no/such/interpreter\n', 0o755);
      const spec = { ...(await context.define([])), program };
      await failsCleanly(context, spec, refused());
    },
  }),
  clause({
    id: 'spawn.reports-missing-cwd',
    contract: 1,
    title: 'a working folder that does not exist is SpawnFailed and is named, and nothing is left',
    async run(context) {
      const cwd = `${await context.probe.directory('empty')}/no-such-folder`;
      const spec = await context.define(['park'], { cwd });
      await failsCleanly(context, spec, { code: 'SpawnFailed', mentions: ['no-such-folder', 'cwd'] });
    },
  }),
  clause({
    id: 'spawn.reports-file-as-cwd',
    contract: 1,
    title: 'a file as working folder is SpawnFailed and is named, and nothing is left',
    async run(context) {
      const cwd = await context.probe.file('not-a-folder', '', 0o644);
      const spec = await context.define(['park'], { cwd });
      await failsCleanly(context, spec, { code: 'SpawnFailed', mentions: ['not-a-folder', 'cwd'] });
    },
  }),
  clause({
    id: 'spawn.reports-unknown-user',
    contract: 1,
    title: 'an unknown user is SpawnFailed and is named, and nothing is left',
    needs: (can) => [['user', can.identity.user]],
    async run(context) {
      const spec = await context.define(['park'], { user: 'duende-no-such-user' });
      await failsCleanly(context, spec, { code: 'SpawnFailed', mentions: ['duende-no-such-user', 'user'] });
    },
  }),
  clause({
    id: 'spawn.reports-unknown-group',
    contract: 1,
    title: 'an unknown group is SpawnFailed and is named, and nothing is left',
    needs: (can) => [['group', can.identity.group]],
    async run(context) {
      const spec = await context.define(['park'], { group: 'duende-no-such-group' });
      await failsCleanly(context, spec, { code: 'SpawnFailed', mentions: ['duende-no-such-group', 'group'] });
    },
  }),
];
