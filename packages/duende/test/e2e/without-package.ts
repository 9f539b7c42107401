import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import { cli } from './cli.ts';

const duende = fileURLToPath(new URL('../../', import.meta.url));
const scope = '@duende';

/** The built program as installed where everything but one package of an adapter is: `program()` is its path. */
export function withoutPackage(missing: string): () => string {
  const others = readdirSync(join(duende, 'node_modules', scope)).filter((name) => name !== missing);
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'duende-without-'));
    const modules = join(folder, 'node_modules');
    mkdirSync(join(modules, scope), { recursive: true });
    for (const name of others)
      symlinkSync(join(duende, 'node_modules', scope, name), join(modules, scope, name));
    cpSync(dirname(cli), join(modules, 'duende/dist'), { recursive: true });
    cpSync(join(duende, 'package.json'), join(modules, 'duende/package.json'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return () => join(folder, 'node_modules/duende/dist/cli.js');
}
