// Spawns daemons one after the other and says which it has: the process that the kill -9 test kills.
import { NativeAdapter } from '../src/index.ts';

const [, , stateDirectory, prefix] = process.argv;
const adapter = new NativeAdapter({ stateDirectory: stateDirectory as string });
for (let count = 0; ; count += 1) {
  const handle = await adapter.spawn({
    name: `${prefix}-${count}`,
    program: '/bin/sleep',
    args: ['600'],
    restart: { policy: 'always', delay: 0 },
  });
  process.stdout.write(`${JSON.stringify(handle)}\n`);
}
