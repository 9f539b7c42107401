// The first command of the README: builds what the demo needs, quietly, then runs it with the same arguments.
import { execa } from 'execa';

process.env.TURBO_TELEMETRY_DISABLED = '1';
process.env.TURBO_NO_UPDATE_NOTIFIER = '1';

let running;
// Ctrl-C reaches the child too, which cleans up and then ends; other signals have to be passed on.
process.on('SIGINT', () => {});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => running?.kill(signal));

async function run(command, args, options) {
  running = execa(command, args, {
    preferLocal: true,
    reject: false,
    forceKillAfterDelay: false,
    ...options,
  });
  return await running;
}

const build = await run(
  'turbo',
  ['run', 'build', '--filter=@duende/example^...', '--output-logs=errors-only'],
  {
    all: true,
    stdin: 'ignore',
  },
);
if (build.exitCode !== 0) {
  process.stderr.write(`${build.all ?? build.message}\nThe demo needs a build, and the build failed\n`);
  process.exit(1);
}
const demo = await run(process.execPath, ['apps/example/src/demo.ts', ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exit(demo.exitCode ?? 1);
