import { resolve } from 'node:path';
import { parseSize } from '@duende/core/contract';
import type { RequestParams } from '../../protocol/requests.ts';
import type { Arguments } from '../arguments.ts';
import { capabilitiesOf } from '../capability.ts';
import type { Command } from '../command.ts';
import { parsePriority, priorityTitle } from '../priority.ts';

export const command: Command = {
  name: 'spawn',
  summary: 'Start a WebAssembly module as a process',
  positionals: ['wasm'],
  needs: ['wasm'],
  options: [
    { name: 'wasm', value: 'FILE', kind: 'path', help: 'The module, WASI preview1' },
    {
      name: 'name',
      value: 'NAME',
      help: "Of the process, unique among those that run; the file's without it",
    },
    { name: 'priority', value: 'LEVEL', kind: 'priority', help: `${priorityTitle}; normal without it` },
    {
      name: 'cap',
      value: 'CAPABILITY',
      kind: 'capability',
      multiple: true,
      help: 'What it may do: net, net:connect=HOST:PORT, net:listen=HOST:PORT, fs:read=DIR[:GUEST], fs:write=DIR[:GUEST], spawn. Nothing without it',
    },
    {
      name: 'env',
      short: 'e',
      value: 'NAME=VALUE',
      kind: 'variable',
      multiple: true,
      help: 'In its environment',
    },
    {
      name: 'cwd',
      value: 'GUEST',
      kind: 'path',
      help: 'Where its relative paths begin, in a directory that it is given',
    },
    { name: 'memory', value: 'SIZE', kind: 'size', help: 'Most memory that it may have; 256M without it' },
    {
      name: 'isolation',
      value: 'HOW',
      kind: 'isolation',
      help: 'shared (in the kernel) or process (an OS process of its own); shared without it',
    },
    { name: 'wait', help: 'Print what it writes, and end as it does' },
    { name: 'pid', help: 'Print only the PID' },
  ],
  program: true,
  details: [
    'Starts the kernel if it does not run. What follows -- are the arguments of the program; its own name comes before them.',
    'With --wait, Ctrl-C is passed on as INT, and the third one kills.',
  ],
  examples: [
    'wos-ctl spawn --name web --wasm web.wasm --cap net:listen=127.0.0.1:8080',
    'wos-ctl spawn --wait --wasm hello.wasm -- one two',
    'wos-ctl spawn --priority idle --wasm index.wasm --cap fs:write=./data:/data',
  ],
  async run(context) {
    const { args, cwd, out, json, stateDirectory } = context;
    const { startKernel } = await import('../../wosd/start.ts');
    const starting = startKernel(stateDirectory);
    // Loaded while it boots.
    const attaching = args.has('wait') ? import('../attach.ts') : undefined;
    const { client, lost } = await starting;
    if (lost.length > 0) {
      const { tellLost } = await import('../../wosd/recover.ts');
      out.note(`wos-ctl: ${tellLost(lost)}`);
    }
    try {
      const spawned = await client.request('spawn', paramsOf(args, cwd));
      if (attaching !== undefined) {
        const { attach } = await attaching;
        return await attach(context, client, spawned);
      }
      if (json) out.json(spawned);
      else
        out.print(args.has('pid') ? String(spawned.pid) : `Started ${spawned.name} with PID ${spawned.pid}`);
      return undefined;
    } finally {
      client.close();
    }
  },
};

function paramsOf(args: Arguments, cwd: string): RequestParams<'spawn'> {
  const module = resolve(cwd, args.text('wasm') ?? '');
  const name = args.text('name');
  const own = name ?? module.slice(module.lastIndexOf('/') + 1);
  const priority = parsePriority(args.text('priority') ?? 'normal') ?? 0;
  const env = Object.fromEntries(
    args.list('env').map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]),
  );
  const memory = args.text('memory');
  const guest = args.text('cwd');
  const isolation = args.text('isolation');
  return {
    module,
    args: [own, ...(args.program ?? [])],
    env,
    priority,
    capabilities: capabilitiesOf(args.list('cap'), cwd),
    ...(name === undefined ? {} : { name }),
    ...(isolation === undefined ? {} : { isolation }),
    ...(guest === undefined ? {} : { cwd: guest }),
    ...(memory === undefined ? {} : { limits: { memoryMax: parseSize(memory) } }),
  };
}
