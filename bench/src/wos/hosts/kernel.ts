// A kernel with as many processes as asked for: kernel.ts KIND FILE COUNT ARG... KIND is `module` or `daemon` (TypeScript).
// Tells how many milliseconds each took to start: to its first line, or, when its arguments are `park`, until it is there.
import { Kernel, planJsDaemon } from '@duende/wos';

const [kind, file = '', count, ...args] = process.argv.slice(2);
const kernel = await Kernel.boot();
const plan =
  kind === 'daemon'
    ? await planJsDaemon({ name: 'bench', module: file })
    : { name: 'bench', module: await kernel.load(file), args: ['bench', ...args] };
const isSilent = args[0] === 'park';
const starts: number[] = [];
for (let index = 0; index < Number(count); index += 1) {
  const begin = performance.now();
  const line = Promise.withResolvers<void>();
  await kernel.spawn(isSilent ? plan : { ...plan, stdout: () => line.resolve() });
  if (!isSilent) await line.promise;
  starts.push(performance.now() - begin);
}
process.send?.({ starts });
