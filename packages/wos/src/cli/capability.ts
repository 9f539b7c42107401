import { resolve } from 'node:path';
import { isGrant } from '../kernel/grants.ts';

/** One `--cap`. */
export type Capability =
  | { readonly kind: 'connect' | 'listen'; readonly grant: string }
  | { readonly kind: 'net' }
  | { readonly kind: 'read' | 'write'; readonly directory: string; readonly guest: string | undefined };

/** Pure; `undefined` when it is none. */
export function parseCapability(text: string): Capability | undefined {
  if (text === 'net') return { kind: 'net' };
  const net = /^net:(connect|listen)=(.+)$/.exec(text);
  if (net) {
    const [, kind, grant = ''] = net;
    return isGrant(grant) ? { kind: kind as 'connect' | 'listen', grant } : undefined;
  }
  const files = /^fs:(read|write)=(.+?)(?::(\/[^:]*))?$/s.exec(text);
  if (!files) return undefined;
  return { kind: files[1] as 'read' | 'write', directory: files[2] ?? '', guest: files[3] };
}

/** Pure: what the kernel takes. Directories are found from `cwd`, and called what they are called here unless GUEST says otherwise. */
export function capabilitiesOf(texts: readonly string[], cwd: string) {
  const preopens: { guest: string; host: string; write: boolean }[] = [];
  const net = { connect: [] as string[], listen: [] as string[] };
  for (const text of texts) {
    const capability = parseCapability(text);
    switch (capability?.kind) {
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
  return { preopens, net };
}
