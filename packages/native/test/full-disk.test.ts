import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';

test('a full disk: a clear error, nothing half made, no status and no line lost', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'duende-full-'));
  const script = fileURLToPath(new URL('full-disk.ts', import.meta.url));
  // A mount of its own needs a namespace; who is not root gets one with a user namespace.
  const namespaces = process.getuid?.() === 0 ? ['--mount'] : ['--mount', '--map-root-user'];
  try {
    const { stdout } = await execa('unshare', [...namespaces, process.execPath, script, folder]);
    const result = JSON.parse(stdout);
    expect(result.blocked).toMatchObject({ state: 'running' });
    expect(result.blocked.message).toContain('log blocked: no space left on device');
    expect(result.ended).toMatchObject({ code: 'SpawnFailed', reason: 'engine-error' });
    expect(result.ended.line).toMatch(/no space left on device.*Free some disk space/);
    expect(result.left).toEqual(['logging']);
    expect(result.paused).toBe('paused');
    expect(result.final).toMatchObject({ state: 'stopped', exit: { code: 0 } });
    expect(result.wrong).toBe('');
    expect(result.lines).toBe(30_000);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
