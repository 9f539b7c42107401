import { setTimeout as sleep } from 'node:timers/promises';
import type { DaemonHandle } from '@duende/core';
import { planJsDaemon } from '@duende/wos';
import { openNative } from '../native/setup.ts';
import { readPss } from '../processes.ts';
import type { Row } from '../row.ts';
import { interleave, summarise } from '../statistics.ts';
import { writeDaemon } from './daemon-file.ts';
import { startHost } from './hosts/start-host.ts';
import { kill, type Side, withKernel } from './side.ts';

const ticker = `import { defineDaemon } from 'duende';
export default defineDaemon({
  name: 'bench',
  async run(ctx) {
    ctx.log.info('ready');
    await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve));
  },
});
`;
/** Daemons of the memory measurement: on Node they are fewer, since each takes as much as the other. */
const crowd = { duende: 100, node: 10 };

/** A module daemon in QuickJS under the kernel, and the same one on Node by the native adapter. */
export function measureDaemons(side: Side): Promise<Row[]> {
  const { context } = side;
  const module = writeDaemon(context, 'daemon', ticker);
  const native = openNative(context, 'state-wos');
  const handles: DaemonHandle[] = [];
  return withKernel(side, {}, async (kernel) => {
    const sides = {
      duende: async () => {
        const begin = performance.now();
        const plan = await planJsDaemon({ name: 'bench', module });
        const line = Promise.withResolvers<void>();
        const pid = await kernel.spawn({
          ...plan,
          stdout: () => line.resolve(),
          stderr: () => line.resolve(),
        });
        await line.promise;
        const taken = performance.now() - begin;
        await kill(kernel, pid);
        return taken;
      },
      node: async () => {
        const begin = performance.now();
        const handle = await native.adapter.spawn({ name: `daemon-${handles.length}`, module });
        handles.push(handle);
        for await (const _ of native.adapter.logs(handle, { follow: true })) break;
        const taken = performance.now() - begin;
        await native.track(handle);
        return taken;
      },
    };
    const values = await interleave(sides, { rounds: 10, warmUp: 3 });
    while (handles.length < crowd.node) await sides.node();
    const host = await startHost(context, 'kernel', ['daemon', module, String(crowd.duende)]);
    await sleep(1000);
    const duende = readPss(host.pid) / 1024 ** 2;
    await host.end();
    const last = handles.slice(-crowd.node);
    let node = 0;
    for (const handle of last) node += readPss((await native.adapter.status(handle)).pid ?? 0) / 1024 ** 2;
    await native.remove(handles);
    return [
      {
        what: 'start of a TypeScript daemon',
        unit: 'ms',
        duende: summarise(values.duende),
        reference: { name: 'on Node (native)', figure: summarise(values.node) },
        how: 'A defineDaemon module to the first line of its log, bundled before: kernel.spawn() in QuickJS, against adapter.spawn() of the native adapter on Node',
      },
      {
        what: 'memory of a TypeScript daemon',
        unit: 'MB',
        duende: summarise([duende / crowd.duende], `${duende.toFixed(0)} MB for ${crowd.duende}`),
        reference: {
          name: 'on Node (native)',
          figure: summarise([node / crowd.node], `${node.toFixed(0)} MB for ${crowd.node}`),
        },
        how: 'PSS of the Node process with the kernel, the bundler in it included, divided by the number of daemons, against the Node processes of the native adapter',
      },
    ];
  });
}
