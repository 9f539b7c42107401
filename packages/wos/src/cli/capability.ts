import { resolve } from 'node:path';
import { parseCapability } from '../kernel/capability.ts';

/** Pure: what the kernel takes. Directories are found from `cwd`, and called what they are called here unless GUEST says otherwise. */
export function capabilitiesOf(texts: readonly string[], cwd: string) {
  const preopens: { guest: string; host: string; write: boolean }[] = [];
  const net = { connect: [] as string[], listen: [] as string[] };
  let spawn = false;
  for (const text of texts) {
    const capability = parseCapability(text);
    switch (capability?.kind) {
      case 'spawn':
        spawn = true;
        break;
      case 'net':
        net.connect.push('*');
        net.listen.push('*');
        break;
      case 'connect':
      case 'listen':
        net[capability.kind].push(capability.grant);
        break;
      case 'read':
      case 'write': {
        const host = resolve(cwd, capability.directory);
        preopens.push({ guest: capability.guest ?? host, host, write: capability.kind === 'write' });
      }
    }
  }
  return { preopens, net, ...(spawn ? { spawn } : {}) };
}
