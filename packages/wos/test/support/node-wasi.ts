import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WASI } from 'node:wasi';
import { openRewritten } from './run-rewritten.ts';

export interface NodeRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface NodeRunOptions {
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
  /** Guest path to a folder of the host. */
  readonly preopens?: Record<string, string>;
  /** Rewritten, with this much fuel a slice. The module as it is without. */
  readonly fuel?: number;
}

/** Runs a program under Node's own WASI: what ours is compared with. */
export async function runInNode(bytes: Uint8Array, options: NodeRunOptions = {}): Promise<NodeRun> {
  const { args = [], env = {}, preopens = {}, fuel } = options;
  const folder = mkdtempSync(join(tmpdir(), 'wos-test-'));
  const outputs = ['stdin', 'stdout', 'stderr'].map((name) => openSync(join(folder, name), 'w+'));
  const [stdin, stdout, stderr] = outputs as [number, number, number];
  try {
    const wasi = new WASI({ version: 'preview1', args: [...args], env, preopens, stdin, stdout, stderr });
    const code = fuel === undefined ? await original(wasi, bytes) : await inSlices(wasi, bytes, fuel);
    const text = (name: string) => readFileSync(join(folder, name), 'latin1');
    return { code, stdout: text('stdout'), stderr: text('stderr') };
  } finally {
    for (const fd of outputs) closeSync(fd);
    rmSync(folder, { recursive: true });
  }
}

async function original(wasi: WASI, bytes: Uint8Array): Promise<number> {
  const imports = wasi.getImportObject() as Record<string, Record<string, unknown>>;
  const instance = new WebAssembly.Instance(await WebAssembly.compile(bytes), imports);
  return wasi.start(instance);
}

/** WASI.start() calls without JSPI: the rewritten module is begun here. */
async function inSlices(wasi: WASI, bytes: Uint8Array, fuel: number): Promise<number> {
  const exit = { code: 0 };
  const calls = (wasi.getImportObject() as Record<string, Record<string, unknown>>).wasi_snapshot_preview1;
  const proc_exit = (code: number) => {
    exit.code = code;
    throw exit;
  };
  const imports = { wasi_snapshot_preview1: { ...calls, proc_exit } };
  const run = await openRewritten(bytes, { fuel, imports });
  (wasi as unknown as { finalizeBindings(instance: WebAssembly.Instance): void }).finalizeBindings(
    run.instance,
  );
  try {
    await run.call('_start');
  } catch (error) {
    if (error !== exit) throw error;
  }
  return exit.code;
}
