import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { startModule } from '../real-programs/neighbours.ts';
import type { TestKernel } from '../support/kernel.ts';
import { expectedFailures } from './expected-failures.ts';
import type { Case } from './node-cases.ts';

export interface CaseRun {
  readonly exit: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a case under the kernel with these writable directories, guest path to the host's. */
export async function runCase(
  test: TestKernel,
  module: string,
  { name, args, env, stdin }: Case,
  folders: Record<string, string>,
): Promise<CaseRun> {
  const running = await startModule(test, module, [...(args ?? [name])], {
    ...(env === undefined ? {} : { env }),
    stdin: stdin === undefined ? 'ignore' : 'host',
    capabilities: {
      preopens: Object.entries(folders).map(([guest, host]) => ({ guest, host, write: true })),
    },
  });
  if (stdin !== undefined) {
    const give = async () => {
      if (stdin !== '') await test.kernel.write(running.pid, Buffer.from(stdin));
      await test.kernel.write(running.pid, undefined);
    };
    // It may end without having read all.
    void give().catch(() => {});
  }
  return running.end();
}

/** Holds what the case expects; of a case that is known to fail, that it fails as is known. @param at what a message begins with */
export function judge(
  suite: string,
  { name, stdout = '', exitCode = 0 }: Case,
  run: CaseRun,
  at = name,
): void {
  const known = expectedFailures[`${suite}/${name}`];
  if (known === undefined) expect(run, at).toMatchObject({ exit: { code: exitCode }, stdout });
  else if (typeof known.shows === 'number')
    expect(run, known.why).toMatchObject({ exit: { code: known.shows } });
  else {
    const trapped = {
      exit: { signal: 'SIGABRT', trap: 'unreachable' },
      stderr: expect.stringContaining(known.shows),
    };
    expect(run, known.why).toMatchObject(trapped);
  }
}

/** What a folder's file holds, if it is there. */
export const contentOf = (path: string): string | undefined =>
  existsSync(path) ? readFileSync(path, 'utf8') : undefined;
