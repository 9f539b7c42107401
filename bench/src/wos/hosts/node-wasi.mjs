// A WASI program in a Node process of its own, by node:wasi: what Duende is held against. node-wasi.mjs MODULE ARG...
import { readFileSync } from 'node:fs';
import { WASI } from 'node:wasi';

const [, , path, ...args] = process.argv;
const wasi = new WASI({ version: 'preview1', args: ['bench', ...args] });
const module = new WebAssembly.Module(readFileSync(path));
process.exitCode = wasi.start(new WebAssembly.Instance(module, wasi.getImportObject()));
