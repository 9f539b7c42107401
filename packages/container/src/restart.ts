import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DaemonHandle } from '@duende/core/contract';
import { type Context, handleOf, requireDaemon } from './daemon.ts';
import type { PreparedImage } from './prepare-image.ts';
import { prepareFolder, refusal } from './spawn.ts';
import { untilStarted } from './started.ts';

const operation = { code: 'SpawnFailed', name: 'restart' } as const;

/** Starts the container of a daemon that has ended again: another run with an id of its own, in the same container, whose log goes on. */
export async function restartDaemon(context: Context, handle: DaemonHandle): Promise<DaemonHandle> {
  const { engine, state } = context;
  const { container, key } = await requireDaemon(context, handle, operation);
  const spec = state.spec(key);
  const image = JSON.parse(readFileSync(join(state.folder(key), 'image.json'), 'utf8')) as PreparedImage;
  const id = randomUUID();
  const survives = spec.restart.policy === 'always' || spec.restart.policy === 'unless-stopped';
  state.own(key);
  prepareFolder(context, key, id, spec, image, {
    restart: survives && engine.runtime !== 'containerd' ? 'unless-stopped' : 'no',
  });
  await engine.start(container.id).catch((error: unknown) => {
    throw refusal(context, error, spec, `cannot start ${spec.name} again`);
  });
  const page = await untilStarted(context, { containerId: container.id, key, id }, spec, image.program);
  return handleOf(context, { container, page, key });
}
