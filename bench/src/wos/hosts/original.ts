// A program as clang made it, by node:wasi: original.ts MODULE OUTPUT. Runs it for each list of arguments that it is sent.
import { closeSync, openSync, readFileSync } from 'node:fs';
import { WASI } from 'node:wasi';

const [path = '', output = ''] = process.argv.slice(2);
const module = new WebAssembly.Module(readFileSync(path));

process.on('message', (args: string[]) => {
  const stdout = openSync(output, 'w');
  const wasi = new WASI({ version: 'preview1', args, stdout });
  const usage = process.cpuUsage();
  const begin = performance.now();
  const imports = wasi.getImportObject() as Record<string, Record<string, unknown>>;
  wasi.start(new WebAssembly.Instance(module, imports));
  const milliseconds = performance.now() - begin;
  const { user, system } = process.cpuUsage(usage);
  closeSync(stdout);
  process.send?.({ milliseconds, cpu: (user + system) / 1000, printed: readFileSync(output, 'utf8') });
});
