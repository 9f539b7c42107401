/** A stand-in for cloud-hypervisor, see ../README.md: no VM runs. Its command line is cloud-hypervisor/src/main.rs. */

import { flushCompileCache } from 'node:module';
import { parseOptions } from '../command-line.ts';
import { type Answer, type ApiRequest, serveApi } from '../http-api.ts';
import { Machine } from './machine.ts';
import { Monitor } from './monitor.ts';
import { parseBody, Refusal, restoreConfig, snapshotConfig, vmConfig } from './schemas.ts';

const version = process.env.STAND_IN_VERSION || '53.0';
const root = '/api/v1/';
const kvmFault = ['Failed to create the hypervisor', '/dev/kvm: No such device (os error 19)'] as const;
const done: Answer = { status: 204 };

function end(code: number, message: string): never {
  process.stderr.write(`Error: Cloud Hypervisor exited with the following error:\n  ${message}\n`);
  process.exit(code);
}

function readOptions(): Map<string, string> {
  try {
    return parseOptions(process.argv.slice(2), {
      'api-socket': 'value',
      'event-monitor': 'value',
      'log-file': 'value',
      seccomp: 'value',
      version: 'flag',
    });
  } catch (error) {
    return end(2, (error as Error).message);
  }
}

async function put(machine: Machine, name: string, body: string | undefined): Promise<Answer> {
  const withoutBody = ['vm.boot', 'vm.pause', 'vm.resume', 'vmm.shutdown'];
  if (withoutBody.includes(name) && body !== undefined) throw new Refusal(400, 'Bad Request');
  if (name === 'vm.create') machine.create(parseBody(vmConfig, body));
  else if (name === 'vm.boot') await machine.boot();
  else if (name === 'vm.pause') machine.pause();
  else if (name === 'vm.resume') machine.resume();
  else if (name === 'vm.snapshot') machine.save(parseBody(snapshotConfig, body).destination_url);
  else if (name === 'vm.restore') {
    const { source_url: url, resume = false } = parseBody(restoreConfig, body);
    await machine.restore(url, resume);
  } else if (name === 'vmm.shutdown') return { ...done, afterwards: () => process.exit(0) };
  else throw new Refusal(404, 'Not Found');
  return done;
}

async function answer(machine: Machine, { method, path, body }: ApiRequest): Promise<Answer> {
  try {
    const name = path.startsWith(root) ? path.slice(root.length) : '';
    if (method === 'PUT') return await put(machine, name, body);
    if (method !== 'GET') throw new Refusal(400, 'Bad Request');
    if (name === 'vmm.ping') {
      return {
        status: 200,
        body: { build_version: `v${version}`, version, pid: process.pid, features: ['kvm'] },
      };
    }
    if (name === 'vm.info') return { status: 200, body: machine.info() };
    throw new Refusal(404, 'Not Found');
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { status: error.status, body: error.messages };
  }
}

process.umask(0o077);
const options = readOptions();
if (options.has('version')) {
  process.stdout.write(`cloud-hypervisor v${version}\nMigration Protocol Versions: 1\n`);
  process.exit(0);
}
// The real one opens the device when it starts, before it listens.
if (process.env.STAND_IN_FAULT === 'no-kvm') end(1, kvmFault.join(': '));
if (process.env.STAND_IN_FAULT === 'ends') end(1, 'it was told to end');

const monitor = new Monitor(options.get('event-monitor')?.replace(/^path=/, ''));
const machine = new Machine(monitor, version);
const socket = options.get('api-socket')?.replace(/^path=/, '');
if (socket === undefined) end(1, 'no API socket was given, and no VM');
monitor.tell('vmm', 'starting');
await serveApi(socket, (request) => answer(machine, request)).catch((error: Error) =>
  end(1, `Cannot bind to the API socket: ${error.message}`),
);

// Most of them are killed.
flushCompileCache();
