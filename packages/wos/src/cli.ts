#!/usr/bin/env node
import module from 'node:module';

if (Number.parseInt(process.versions.node, 10) < 24) {
  process.stderr.write(`wos-ctl: Node ${process.versions.node} is too old. Install Node 24 or newer\n`);
  process.exitCode = 1;
} else {
  // A folder that cannot be written only costs time: this never throws.
  module.enableCompileCache();
  const { runProcess } = await import('./cli/process.ts');
  await runProcess();
}
