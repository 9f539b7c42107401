import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findPrebuilt } from '../../src/agent/find-agent.ts';
import { testFolder } from '../helpers.ts';

/** What Node has compiled: each start takes half the time then. */
const compileCache = testFolder();

export interface StandIn {
  /** What `--version` says instead of the version that was read. */
  readonly version?: string;
  /** `no-kvm`: as where /dev/kvm is there and does not work. `ends`: at once. */
  readonly fault?: 'no-kvm' | 'ends';
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Makes a program of the name of a VMM in a folder, which runs the stand-in by Node. @returns its path */
export function installStandIn(
  folder: string,
  kind: 'firecracker' | 'cloud-hypervisor',
  { version = '', fault }: StandIn = {},
): string {
  mkdirSync(folder, { recursive: true });
  const main = fileURLToPath(new URL(`${kind}/main.ts`, import.meta.url));
  const path = join(folder, kind);
  const variables = {
    STAND_IN_AGENT: findPrebuilt('duende-agent'),
    STAND_IN_VERSION: version,
    STAND_IN_FAULT: fault ?? '',
    NODE_COMPILE_CACHE: compileCache,
  };
  const settings = Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`);
  const text = `#!/bin/sh\n${settings.join('\n')}\nexec ${quote(process.execPath)} ${quote(main)} "$@"\n`;
  writeFileSync(path, text);
  chmodSync(path, 0o755);
  return path;
}
