import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { PlatformError } from '@duende/core/contract';
import { encodeError } from '../protocol/errors.ts';
import { tellLost } from './recover.ts';
import { report } from './report.ts';
import { Wosd } from './wosd.ts';

/** The kernel as a process of its own, as clients start it: `wosd --state-dir DIR [--idle MS]`. Tells on descriptor 3 how it went. */
const { values } = parseArgs({ options: { 'state-dir': { type: 'string' }, idle: { type: 'string' } } });

const note = (text: string) => process.stderr.write(`${new Date().toISOString()} ${process.pid} ${text}\n`);

process.on('uncaughtException', (error) => {
  note(`failed: ${error.stack ?? error.message}`);
  process.exit(1);
});

try {
  const wosd = await Wosd.start({
    stateDirectory: values['state-dir'] ?? '',
    idleTimeout: values.idle === undefined ? undefined : Number(values.idle),
  });
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => void wosd.shutdown());
  // The terminal of whom it was started by has no say in it.
  process.on('SIGHUP', () => undefined);
  report({ lost: wosd.lost });
  // Loads what the first module needs, while the client connects.
  setImmediate(() => createHash('sha256'));
  await wosd.booted;
  note('booted');
  const lost = tellLost(wosd.lost);
  if (lost !== undefined) note(lost);
  await wosd.closed;
  note('shut down');
} catch (error) {
  if (!PlatformError.isInstance(error)) note(`failed: ${(error as Error).stack}`);
  report({ error: encodeError(error) });
  process.exitCode = 1;
}
