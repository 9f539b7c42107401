import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { bootout, bootstrap, readJob } from '../src/job.ts';
import { Launchctl } from '../src/launchctl.ts';
import { StateFolder } from '../src/state-folder.ts';

const folder = mkdtempSync(join(tmpdir(), 'duende-launchctl-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A launchctl that answers by a table: the subcommand, then code and text. */
function answering(name: string, perl: string) {
  const path = join(folder, name);
  writeFileSync(path, `#!/usr/bin/perl\nmy $calls = "${path}.calls";\n${perl}\n`);
  chmodSync(path, 0o755);
  const state = new StateFolder(folder, 'gui');
  return {
    domain: 'gui',
    domainTarget: 'gui/501',
    launchctl: new Launchctl(path),
    state,
    plistDirectory: folder,
  } as const;
}

const operation = { code: 'SpawnFailed', name: 'spawn' } as const;

test('where print has no state that is known, list is asked', async () => {
  const context = answering(
    'future',
    `print "gui/501/com.duende.a = {\\n\\tfuture = 1\\n}\\n" if $ARGV[0] eq 'print';
     print "{\\n\\t\\"LastExitStatus\\" = 768;\\n\\t\\"PID\\" = 7;\\n};\\n" if $ARGV[0] eq 'list';`,
  );
  expect(await readJob(context, 'a')).toMatchObject({ kind: 'running', pid: 7, exit: { code: 3 } });
});

test('what launchd does not have is undefined', async () => {
  const context = answering('none', `print STDERR "Could not find service\\n"; exit 113;`);
  expect(await readJob(context, 'a')).toBeUndefined();
  await bootout(context, 'a', operation);
});

test.each([5, 36, 37])(
  'bootstrap is tried again after %s, and only while nothing of the name is there',
  async (code) => {
    const context = answering(
      `retry-${code}`,
      `exit 113 if $ARGV[0] eq 'print';
     open my $file, '>>', $calls; print $file "x"; close $file;
     exit(-s $calls < 3 ? ${code} : 0);`,
    );
    await bootstrap(context, 'a', '/a.plist', operation);
  },
);

test.each([
  [125, 'unavailable', 'There is no domain gui/501 now'],
  [112, 'unavailable', 'log in'],
  [119, 'engine-error', 'launchctl enable gui/501/com.duende.a'],
  [1, 'permission-denied', 'root'],
  [109, 'engine-error', 'launchctl error 109'],
])('bootstrap that ends with %s is %s', async (code, reason, hint) => {
  const context = answering(`end-${code}`, `print STDERR "Bootstrap failed: ${code}: x\\n"; exit ${code};`);
  await expect(bootstrap(context, 'a', '/a.plist', operation)).rejects.toMatchObject({
    reason,
    hint: expect.stringContaining(hint),
    message: `launchd does not take com.duende.a: Bootstrap failed: ${code}: x`,
  });
});

test('a launchctl that is not there is no answer, and so never taken for a job that is not loaded', async () => {
  const none = { code: 'NotSupported', reason: 'unavailable', message: expect.stringContaining('ENOENT') };
  await expect(new Launchctl('/no/such/launchctl').run('print')).rejects.toMatchObject(none);
  const killed = answering('killed', 'kill 9, $$;');
  await expect(readJob(killed, 'a')).rejects.toMatchObject({ message: expect.stringContaining('SIGKILL') });
});
