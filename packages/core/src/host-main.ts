// The program that `moduleCommand()` names: `node host-main.js MODULE`.
import { basename } from 'node:path';
import { loadModule } from './host/load-module.ts';
import { runHost } from './host/run-daemon.ts';

const file = process.argv[2];
// Without $DUENDE_NAME (started by hand) the log still needs a name before the module can tell its own.
const name = file === undefined ? 'host' : basename(file).replace(/\.[^.]*$/, '');
await runHost(() => loadModule(file), { name }, file);
