import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeAll, expect, it } from 'vitest';
import { until, useKernel } from '../support/kernel.ts';
import { runInNode } from '../support/node-wasi.ts';
import { describeWithPrograms, temporaryFolder } from '../support/programs.ts';
import { sqlite } from './build.ts';
import { besideEndlessLoops, startModule } from './neighbours.ts';
import { change, check, fill, queries } from './statements.ts';

describeWithPrograms('SQLite', () => {
  const test = useKernel();
  const root = temporaryFolder();
  let module = '';
  beforeAll(async () => {
    module = await sqlite();
  }, 240_000);

  function folder(name: string): string {
    mkdirSync(join(root, name));
    return join(root, name);
  }

  /** Files of its own, for statements that can be undone, are made in /data, too. */
  const env = { SQLITE_TMPDIR: '/data' };
  const start = (database: string, statements: string, host?: string, write = true) =>
    startModule(test, module, ['sqlite-run', database, statements], {
      env,
      capabilities: { preopens: host === undefined ? [] : [{ guest: '/data', host, write }] },
    });

  /** What a process of its own prints. */
  async function here(database: string, statements: string, host?: string): Promise<string> {
    const running = await start(database, statements, host);
    const { exit, stdout, stderr } = await running.end();
    expect({ exit, stderr }).toEqual({ exit: { code: 0 }, stderr: '' });
    return stdout;
  }

  /** The rows as the SQLite of Node finds them. */
  function rows(database: DatabaseSync, query: string): string {
    const statement = database.prepare(query);
    statement.setReturnArrays(true);
    const found = statement.all() as unknown as unknown[][];
    return found.map((row) => `${row.map((value) => value ?? 'NULL').join('|')}\n`).join('');
  }

  it('keeps a database in a file, beside endless loops; another SQLite agrees', {
    timeout: 60_000,
  }, async () => {
    const host = folder('file');
    const file = '/data/orders.db';
    await besideEndlessLoops(test, async () => {
      expect(await here(file, fill, host)).toBe('');
      // Each in a process of its own: the file is opened again.
      const found = [];
      for (const query of queries) found.push(await here(file, query, host));
      const native = new DatabaseSync(join(host, 'orders.db'), { readOnly: true });
      expect(found).toEqual(queries.map((query) => rows(native, query)));
      expect(found[0]).toMatch(/^10000\|50005000\|/);
      native.close();
      await here(file, change, host);
      const checked = await here(file, check, host);
      expect(checked).toMatch(/^ok\n5000\|/);
      const changed = new DatabaseSync(join(host, 'orders.db'), { readOnly: true });
      expect(rows(changed, 'pragma integrity_check')).toBe('ok\n');
      expect(`ok\n${rows(changed, check.split(';').at(-1) as string)}`).toBe(checked);
      changed.close();
    });
    expect(readdirSync(host)).toEqual(['orders.db']);
  });

  it('computes in memory, without a directory', async () => {
    const statements = `${fill} ${queries.join(';')}; ${change} ${check}`;
    const running = await start(':memory:', statements);
    const { exit, stdout } = await running.end();
    expect(exit).toEqual({ code: 0 });
    const native = new DatabaseSync(':memory:');
    native.exec(fill);
    const found = queries.map((query) => rows(native, query)).join('');
    native.exec(change);
    expect(stdout).toBe(`${found}ok\n${rows(native, check.split(';').at(-1) as string)}`);
    expect(test.kernel.stats(running.pid).preemptions).toBeGreaterThan(20);
  });

  it('does the same rewritten, in short slices, under the WASI of Node', { timeout: 60_000 }, async () => {
    const bytes = readFileSync(module);
    const statements = `${fill} ${queries.join(';')}; ${change} ${check}`;
    const run = async (how: string, fuel?: number) => {
      const host = folder(how);
      const args = ['sqlite-run', '/data/orders.db', statements];
      const end = await runInNode(bytes, {
        args,
        env,
        preopens: { '/data': host },
        ...(fuel === undefined ? {} : { fuel }),
      });
      return { ...end, file: readFileSync(join(host, 'orders.db')).length };
    };
    const original = await run('original');
    expect(original).toMatchObject({ code: 0, stderr: '' });
    expect(await run('rewritten', 2000)).toEqual(original);
  });

  it('killed within a transaction, it has done all of the earlier ones and nothing of this', async () => {
    const host = folder('killed');
    // Without locks: the killed process would leave its own.
    const file = 'file:/data/x.db?vfs=unix-none';
    await here(
      file,
      'create table t(i integer primary key, text); insert into t values (1, hex(zeroblob(5000)))',
      host,
    );
    const endless = `with recursive n(i) as (select 2 union all select i + 1 from n)
      insert into t select i, hex(zeroblob(5000)) from n`;
    const running = await start(file, `pragma cache_size = 20; ${endless}`, host);
    // Pages of the unfinished transaction are in the file already.
    await until('the file grows', () => statSync(join(host, 'x.db')).size > 2_000_000);
    test.kernel.signal(running.pid, 'KILL');
    expect(await test.kernel.wait(running.pid)).toEqual({ signal: 'SIGKILL' });
    expect(readdirSync(host)).toEqual(['x.db', 'x.db-journal']);
    const found = await here(file, 'pragma integrity_check; select count(*), sum(length(text)) from t', host);
    expect(found).toBe('ok\n1|10000\n');
    expect(readdirSync(host)).toEqual(['x.db']);
  });

  it('shares a file with another process of it: each waits for the lock of the other', async () => {
    const host = folder('shared');
    await here('/data/x.db', 'create table t(i); insert into t values (0)', host);
    const increment = 'begin immediate; update t set i = i + 1; commit;';
    const both = [1, 2].map(() =>
      here('/data/x.db', `pragma busy_timeout = 20000; ${increment.repeat(40)}`, host),
    );
    expect(await Promise.all(both)).toEqual(['20000\n', '20000\n']);
    expect(await here('/data/x.db', 'select i from t', host)).toBe('80\n');
  });

  it('is refused what it is not granted', async () => {
    const host = folder('refused');
    await here('/data/x.db', 'create table t(i)', host);
    const statements = 'select count(*) from t; insert into t values (1)';
    const reading = await (await start('file:/data/x.db?vfs=unix-none', statements, host, false)).end();
    const readOnly = '8 attempt to write a readonly database\n';
    expect(reading).toMatchObject({ exit: { code: 1 }, stdout: '0\n', stderr: readOnly });
    const outside = await (await start('/data/../x.db', 'create table t(i)', host)).end();
    expect(outside).toMatchObject({ exit: { code: 1 }, stderr: '14 unable to open database file\n' });
  });
});
