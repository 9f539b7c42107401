import { chmod } from 'node:fs/promises';
import { failure } from '../fail.ts';
import { lastLine, runTool } from '../run-tool.ts';

/** Milliseconds: an image may be of gigabytes. */
const patience = 600_000;

/**
 * Copies an image to a new private file. By cp(1), which passes over holes (Node has no SEEK_DATA) and shares blocks where the file
 * system can: images are 4 GiB of mostly nothing.
 * @throws PlatformError engine-error
 */
export async function copyImage(from: string, to: string): Promise<void> {
  const args = ['--sparse=always', '--reflink=auto', '--no-target-directory', '--', from, to];
  const { code, error, stderr } = await runTool('cp', args, { timeout: patience });
  if (code !== 0) throw failure(`Cannot copy ${from}: ${lastLine(stderr) || error}`, 'engine-error');
  await chmod(to, 0o600);
}
