// What engines may leave on a machine, to be compared before and after.
import { readdirSync, readFileSync } from 'node:fs';
import { command } from '../systemd/command.mjs';
import { processesOf } from './processes.mjs';
import { hierarchies } from './remains.mjs';

const places = ['/run', '/etc/docker', '/etc/cni', '/etc/containers', '/dev/shm'];
const trees = ['docker', 'containers', 'containerd', 'cni'].map((name) => `/var/lib/${name}`);

async function lines(...argv) {
  const { output } = await command(argv);
  return output.split('\n').filter(Boolean);
}

const interfaces = () => readdirSync('/sys/class/net').map((name) => `network interface ${name}`);

/** Other runs may have theirs. */
const processes = () => processesOf(`/var/tmp/duende-engines-${process.pid}-`).map((pid) => `process ${pid}`);

/** Of other runs, which may come and go meanwhile. */
const isOthers = (line) =>
  /^mount \/(var\/)?tmp\/(?!duende-engines)/.test(line) ||
  (line.includes('duende-engines-') && !line.includes(`duende-engines-${process.pid}-`));

/** A set of lines, one for each file, mount, control group, network interface and engine's process there is. */
export async function traces() {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n');
  const all = [
    ...(await lines('find', ...places, ...trees, '-xdev')).filter((line) => !line.startsWith('find: ')),
    ...readdirSync('/var/tmp')
      .filter((name) => name.startsWith('duende-engines-'))
      .map((name) => `/var/tmp/${name}`),
    ...mounts.map((line) => `mount ${line.split(' ')[4]}`),
    ...(await lines('find', ...hierarchies(), '-type', 'd')).map((path) => `control group ${path}`),
    ...interfaces(),
    ...processes(),
  ];
  return new Set(all.filter((line) => !isOthers(line)));
}
