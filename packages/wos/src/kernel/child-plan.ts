import { Errno, WasiError } from '../wasi/errno.ts';
import { parseCapability } from './capability.ts';
import { closeAll, openAllForChild, openForChild, openModule } from './child-directories.ts';
import { covers } from './grants.ts';
import type { ChildPlan } from './guest-request.ts';
import type { Process } from './process.ts';
import type { Preopen } from './protocol.ts';
import { lowestPriority } from './weights.ts';

interface Wishes {
  name?: string;
  cwd?: string;
  lower: number;
  args?: string[];
  readonly env: string[];
  readonly capabilities: string[];
}

/** `arg=`, `env=NAME=VALUE`, `cap=`, `name=`, `cwd=`, `lower=`. @throws WasiError EINVAL */
function parseWishes(options: readonly string[]): Wishes {
  const wishes: Wishes = { lower: 0, env: [], capabilities: [] };
  for (const option of options) {
    const at = option.indexOf('=');
    const value = option.slice(at + 1);
    switch (option.slice(0, at)) {
      case 'arg':
        wishes.args ??= [];
        wishes.args.push(value);
        break;
      case 'env':
        if (value.indexOf('=') < 1) throw new WasiError(Errno.Invalid);
        wishes.env.push(value);
        break;
      case 'cap':
        wishes.capabilities.push(value);
        break;
      case 'name':
        if (value === '' || value.length > 256) throw new WasiError(Errno.Invalid);
        wishes.name = value;
        break;
      case 'cwd':
        if (!value.startsWith('/')) throw new WasiError(Errno.Invalid);
        wishes.cwd = value;
        break;
      case 'lower':
        if (!/^[0-7]$/.test(value)) throw new WasiError(Errno.Invalid);
        wishes.lower = Number(value);
        break;
      default:
        throw new WasiError(Errno.Invalid);
    }
  }
  return wishes;
}

interface Granted {
  readonly preopens: Preopen[];
  readonly listen: string[];
  readonly connect: string[];
  spawn: boolean;
}

/** @throws WasiError EINVAL for what is no capability, ENOTCAPABLE for one that the parent does not have */
function grant(process: Process, text: string, to: Granted): void {
  const { net, descriptors } = process;
  if (text === '*') {
    to.listen.push(...net.listen);
    to.connect.push(...net.connect);
    to.spawn = true;
    openAllForChild(descriptors, to.preopens);
    return;
  }
  const capability = parseCapability(text);
  if (capability === undefined) throw new WasiError(Errno.Invalid);
  switch (capability.kind) {
    case 'net':
      if (net.listen.length + net.connect.length === 0) throw new WasiError(Errno.NotCapable);
      to.listen.push(...net.listen);
      to.connect.push(...net.connect);
      break;
    case 'spawn':
      to.spawn = true;
      break;
    case 'listen':
    case 'connect':
      if (!covers(net[capability.kind], capability.grant)) throw new WasiError(Errno.NotCapable);
      to[capability.kind].push(capability.grant);
      break;
    case 'read':
    case 'write': {
      const { directory, guest, kind } = capability;
      to.preopens.push(openForChild(descriptors, directory, guest, kind === 'write'));
    }
  }
}

/**
 * What a process wants to start, checked against what it may itself. Its descriptors are the caller's to close.
 * @param path of the module; an empty one is the process's own
 * @throws WasiError EINVAL, ENOTCAPABLE, and those of opening
 */
export function planChild(process: Process, path: string, options: readonly string[]): ChildPlan {
  const { name, cwd, lower, args, env, capabilities } = parseWishes(options);
  const granted: Granted = { preopens: [], listen: [], connect: [], spawn: false };
  let module: number | undefined;
  try {
    for (const text of capabilities) grant(process, text, granted);
    if (path !== '') module = openModule(process.descriptors, path);
  } catch (error) {
    closeAll(granted.preopens, module);
    throw error;
  }
  const { preopens, listen, connect, spawn } = granted;
  const priority = Math.min(lowestPriority, process.priority + lower);
  return { module, name, args, env, cwd, priority, preopens, net: { listen, connect }, spawn };
}
