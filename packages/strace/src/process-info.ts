import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessInfo {
  readonly name: string;
  /** `R`, `S`, `D`, `T`, `t`, `Z`, `X` ...: proc(5). */
  readonly state: string;
  /** 0: nobody traces it. */
  readonly tracerPid: number;
  /** Real user id. */
  readonly uid: number;
}

/** A process or thread, from /proc/PID/status; `undefined` when there is none. Latin 1: a name can be any bytes. */
export function readProcess(path: string | number): ProcessInfo | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${path}/status`, 'latin1');
  } catch {
    return undefined;
  }
  const field = (name: string): string => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(text)?.[1] ?? '';
  return {
    name: field('Name'),
    state: field('State'),
    tracerPid: Number(field('TracerPid')),
    uid: Number(field('Uid')),
  };
}

/** False for a process that has ended, even when its parent has not asked for its exit yet. */
export function isAlive(info: ProcessInfo | undefined): info is ProcessInfo {
  return info !== undefined && info.state !== 'X' && info.state !== 'Z';
}

/** A process whose first thread has ended while others go on looks like a zombie, and is none. */
export function readLiveProcess(pid: number): ProcessInfo | undefined {
  const info = readProcess(pid);
  if (info === undefined || isAlive(info)) return info;
  return readThreads(pid).find(isAlive);
}

export function readThreads(pid: number): ProcessInfo[] {
  try {
    const ids = readdirSync(`/proc/${pid}/task`);
    return ids.map((id) => readProcess(`${pid}/task/${id}`)).filter((info) => info !== undefined);
  } catch {
    return [];
  }
}

/** Whether `tracer` traces every thread of a process that is alive. */
export function tracesAllThreads(pid: number, tracer: number): boolean {
  return readThreads(pid)
    .filter(isAlive)
    .every((thread) => thread.tracerPid === tracer);
}
