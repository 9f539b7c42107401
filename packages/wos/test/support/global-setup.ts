import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where test programs are compiled to, once for a run. */
    wosPrograms: string;
  }
}

export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'wos-programs-'));
  project.provide('wosPrograms', folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
