import { isGrant } from './grants.ts';

/** One capability as text: what `--cap` of wos-ctl takes, and wos_spawn(). */
export type Capability =
  | { readonly kind: 'connect' | 'listen'; readonly grant: string }
  | { readonly kind: 'net' }
  | { readonly kind: 'spawn' }
  | { readonly kind: 'read' | 'write'; readonly directory: string; readonly guest: string | undefined };

/** Pure; `undefined` when it is none. */
export function parseCapability(text: string): Capability | undefined {
  if (text === 'net' || text === 'spawn') return { kind: text };
  const net = /^net:(connect|listen)=(.+)$/.exec(text);
  if (net) {
    const [, kind, grant = ''] = net;
    return isGrant(grant) ? { kind: kind as 'connect' | 'listen', grant } : undefined;
  }
  const files = /^fs:(read|write)=(.+?)(?::(\/[^:]*))?$/s.exec(text);
  if (!files) return undefined;
  return { kind: files[1] as 'read' | 'write', directory: files[2] ?? '', guest: files[3] };
}
