import type { StoredModule } from './module-store.ts';
import type { CheckedSpawn } from './options.ts';
import type { OutputTarget, ProcessPlan } from './protocol.ts';

const target = (output: CheckedSpawn['stdout']): OutputTarget =>
  typeof output === 'function' ? 'host' : output;

/** Pure: what the thread is told that makes the process. */
export function planOf(pid: number, root: number, module: StoredModule, options: CheckedSpawn): ProcessPlan {
  const { capabilities, limits } = options;
  return {
    pid,
    root,
    module: module.id,
    script: options.script,
    priority: options.priority,
    args: options.args ?? [options.name],
    env: options.env,
    cwd: options.cwd,
    preopens: capabilities.preopens,
    net: capabilities.net,
    spawn: capabilities.spawn,
    traced: options.trace !== undefined,
    openFiles: limits.openFiles,
    cpuQuota: limits.cpuQuota,
    cpuTime: limits.cpuTime,
    stdin: options.stdin,
    stdout: target(options.stdout),
    stderr: target(options.stderr),
  };
}
