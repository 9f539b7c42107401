import { copyFileSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { DaemonHandle, TraceEvent } from '@duende/core';
import { parseSpec } from '@duende/core';
import { expect, it } from 'vitest';
import { planDaemon } from '../src/adapter/plan.ts';
import { useAdapter } from './support/adapter.ts';
import { describeWithPrograms, program } from './support/programs.ts';

const { adapter, folder } = useAdapter();
const waits = "await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve));";

/** A daemon that says a word, and then does something. */
function write(name: string, word: string, then = waits): string {
  const file = join(folder, `${name}.ts`);
  const head = "import { defineDaemon } from '@duende/core';\n";
  const run = `async run(ctx) { ctx.ready(); console.log('${word}'); ${then} }`;
  writeFileSync(file, `${head}export default defineDaemon({ name: '${name}', ${run} });\n`);
  return file;
}

async function words(handle: DaemonHandle): Promise<string[]> {
  const said: string[] = [];
  for await (const { text } of adapter.logs(handle)) if (!text.startsWith('{')) said.push(text);
  return said;
}

const said = (handle: DaemonHandle, word: string) =>
  expect.poll(() => words(handle), { timeout: 15_000 }).toContain(word);

it('on request a TypeScript daemon runs as its file is now, and from then on', async () => {
  const module = write('changing', 'one');
  const restart = { policy: 'on-failure', delay: 1 } as const;
  const spec = { name: 'changing', module, readiness: 'notify', env: { OWN: 'x' }, restart } as const;
  const first = await adapter.spawn(spec);
  await said(first, 'one');
  write('changing', 'two', `console.log(process.env.OWN); ${waits}`);
  const second = await adapter.restart(first);
  expect(second.id).not.toBe(first.id);
  await said(second, 'x');
  expect(await words(second)).toEqual(['one', 'two', 'x']);
  // What is restarted by its policy is what was started last.
  write('changing', 'three');
  await adapter.signal(second, 'KILL');
  await expect.poll(() => words(second), { timeout: 15_000 }).toEqual(['one', 'two', 'x', 'two', 'x']);
  expect(await adapter.status(second)).toMatchObject({ state: 'running', restarts: 1 });
  await adapter.remove(second, { force: true });
});

it('a module that cannot be run any more is refused, and the daemon runs on; so does the next restart', async () => {
  const module = write('breaking', 'good');
  const handle = await adapter.spawn({ name: 'breaking', module, readiness: 'notify' });
  const before = await adapter.status(handle);
  const refused = async (message: RegExp) => {
    const error: Error = await adapter.restart(handle).then(
      () => Promise.reject(new Error('It was restarted')),
      (reason) => reason,
    );
    expect(error).toMatchObject({ code: 'Config', field: 'module', operation: 'restart' });
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('\n');
    expect(await adapter.status(handle)).toEqual(before);
  };
  writeFileSync(module, 'export default {');
  await refused(/breaking\.ts:1: /);
  write('breaking', 'bad', "(await import('node:net')).connect(1);");
  await refused(/breaking\.ts:2: .*node:net/);
  rmSync(module);
  await refused(/cannot read .*breaking\.ts/);
  write('breaking', 'mended');
  const next = await adapter.restart(handle);
  await said(next, 'mended');
  await adapter.remove(next, { force: true });
});

it('a trace goes on with the next instance, from its first call', async () => {
  const handle = await adapter.spawn({ name: 'traced', module: write('traced', 'one'), readiness: 'notify' });
  const tracer = await adapter.attachTracer(handle);
  write('traced', 'two');
  const next = await adapter.restart(handle);
  await said(next, 'two');
  await adapter.stop(next);
  const calls: TraceEvent[] = [];
  for await (const event of tracer) calls.push(event);
  const own = calls.filter(({ pid }) => pid === (next.data as { pid: number }).pid);
  expect(own.some(({ args }) => args.some((arg) => arg.includes('two')))).toBe(true);
  // The engine begins with it, for a script that it has not read before.
  expect(own[0]?.call).toBe('random_get');
  expect(own.map(({ call }) => call)).toContain('js.notify');
  await adapter.remove(next);
});

it('one that was removed, and one that has ended', async () => {
  const module = write('ended', 'first', '');
  const handle = await adapter.spawn({ name: 'ended', module });
  expect(await adapter.wait(handle)).toMatchObject({ state: 'stopped' });
  write('ended', 'second', '');
  const again = await adapter.restart(handle);
  expect(await adapter.wait(again)).toMatchObject({ state: 'stopped', exit: { code: 0 } });
  expect(await words(again)).toEqual(['first', 'second']);
  const gone = { code: 'SpawnFailed', reason: 'not-found' };
  await expect(adapter.restart(handle)).rejects.toMatchObject(gone);
  await adapter.remove(again);
  await expect(adapter.restart(again)).rejects.toMatchObject(gone);
});

describeWithPrograms('a program', () => {
  it.each([undefined, 'process'] as const)(
    'is started as its file is now (isolation %s)',
    async (isolation) => {
      const file = join(folder, 'mine.wasm');
      copyFileSync(program('daemon'), file);
      const platform = isolation && { wos: { isolation } };
      const args = ['say', 'old', 'park'];
      const handle = await adapter.spawn({
        name: 'mine',
        program: file,
        args,
        ...(platform && { platform }),
      });
      const before = await adapter.status(handle);
      rmSync(file);
      const missing = { code: 'SpawnFailed', reason: 'not-found', field: 'program' };
      await expect(adapter.restart(handle)).rejects.toMatchObject(missing);
      writeFileSync(file, 'no module');
      await expect(adapter.restart(handle)).rejects.toMatchObject({
        reason: 'exec-failed',
        field: 'program',
      });
      expect(await adapter.status(handle)).toEqual(before);
      // Other code: what it does with its arguments is another thing.
      copyFileSync(program('basics'), file);
      const next = await adapter.restart(handle);
      const status = await adapter.wait(next);
      expect(status).toMatchObject({ state: 'failed', exit: { code: 99 } });
      expect(await words(next)).toEqual(['old']);
      await adapter.remove(next);
    },
  );

  it('is read anew by a restart of its policy', async () => {
    const file = join(folder, 'again.wasm');
    copyFileSync(program('daemon'), file);
    const restart = { policy: 'on-failure', delay: 1 } as const;
    const args = ['say', 'old', 'park'];
    const handle = await adapter.spawn({ name: 'again', program: file, args, restart });
    await said(handle, 'old');
    rmSync(file);
    copyFileSync(program('basics'), file);
    await adapter.signal(handle, 'KILL');
    // What the other program says to words that it does not know.
    await expect
      .poll(() => adapter.status(handle), { timeout: 15_000 })
      .toMatchObject({ lastExit: { code: 99 } });
    expect(await words(handle)).toEqual(['old']);
    await adapter.remove(handle, { force: true });
  });

  it('that cannot be compiled is refused before anything is stopped', async () => {
    const file = join(folder, 'torn.wasm');
    copyFileSync(program('daemon'), file);
    const handle = await adapter.spawn({ name: 'torn', program: file, args: ['park'] });
    const before = await adapter.status(handle);
    writeFileSync(file, Buffer.from([0, 97, 115, 109, 1, 0, 0, 0, 10, 200]));
    await expect(adapter.restart(handle)).rejects.toMatchObject({
      ...{ code: 'SpawnFailed', reason: 'exec-failed', operation: 'restart' },
      message: expect.stringMatching(/^The file is no valid WebAssembly[^\n]*$/),
    });
    expect(await adapter.status(handle)).toEqual(before);
    expect(existsSync(file)).toBe(true);
    await adapter.remove(handle, { force: true });
  });

  it('is kept by a path that means the same from everywhere', async () => {
    const path = relative(process.cwd(), program('daemon'));
    const { run, spec } = await planDaemon(parseSpec({ name: 'there', program: path }, 'wos'), folder);
    expect([run.args?.[0], run.module, spec.program]).toEqual([path, program('daemon'), program('daemon')]);
    const module = relative(process.cwd(), write('where', 'here'));
    const plan = await planDaemon(parseSpec({ name: 'where', module }, 'wos'), folder);
    expect(plan.spec.module).toBe(join(folder, 'where.ts'));
  });
});
