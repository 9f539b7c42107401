/** A stand-in for Firecracker, see ../README.md: no VM runs. Its command line is src/firecracker/src/main.rs. */

import { readFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { parseOptions } from '../command-line.ts';
import { serveApi } from '../http-api.ts';
import { answerRequest } from './api.ts';
import { Machine } from './machine.ts';

/** `FcExitCode` of src/vmm/src/lib.rs. */
const exitCodes = { generic: 1, badConfiguration: 152, argParsing: 153 } as const;
const version = process.env.STAND_IN_VERSION || '1.16.1';

function end(code: number, message: string): never {
  process.stderr.write(`Error: ${message}\n`);
  process.exit(code);
}

function readOptions(): Map<string, string> {
  try {
    return parseOptions(process.argv.slice(2), {
      'api-sock': 'value',
      id: 'value',
      'config-file': 'value',
      level: 'value',
      'log-path': 'value',
      'no-seccomp': 'flag',
      version: 'flag',
    });
  } catch (error) {
    return end(exitCodes.argParsing, `Arguments parsing error: ${(error as Error).message}`);
  }
}

/** Sections of a file that are requests, each by its path. */
function requestsOf(config: Record<string, unknown>): [string, unknown][] {
  const { drives = [], ...others } = config;
  const all = (drives as { readonly drive_id: string }[]).map((one): [string, unknown] => [
    `/drives/${one.drive_id}`,
    one,
  ]);
  return [...Object.entries(others).map(([name, body]): [string, unknown] => [`/${name}`, body]), ...all];
}

const options = readOptions();
if (options.has('version')) {
  process.stdout.write(`Firecracker v${version}\n\n`);
  process.exit(0);
}
const id = options.get('id') ?? 'anonymous-instance';
if (!/^[\p{L}\p{N}-]{1,64}$/u.test(id)) end(134, 'Invalid instance ID');
const level = options.get('level') ?? 'Info';
if (!/^(off|trace|debug|info|warn|warning|error)$/i.test(level)) {
  end(exitCodes.badConfiguration, `Invalid value for logger level: ${level}.`);
}
if (process.env.STAND_IN_FAULT === 'ends') end(exitCodes.generic, 'Seccomp error: it was told to end');

const machine = new Machine(version);
const about = { version, id };
await serveApi(options.get('api-sock') ?? '/run/firecracker.socket', (request) =>
  answerRequest(machine, request, about),
).catch((error: Error) =>
  end(exitCodes.generic, `RunWithApi: Failed to open the API socket: ${error.message}`),
);

// Most of them are killed.
flushCompileCache();

const file = options.get('config-file');
if (file !== undefined) {
  const start: [string, unknown] = ['/actions', { action_type: 'InstanceStart' }];
  for (const [path, body] of [...requestsOf(JSON.parse(readFileSync(file, 'utf8'))), start]) {
    const { status, body: said } = await answerRequest(
      machine,
      { method: 'PUT', path, body: JSON.stringify(body) },
      about,
    );
    if (status !== 204) end(exitCodes.badConfiguration, JSON.stringify(said));
  }
}
