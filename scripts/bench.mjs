// pnpm bench [area]: builds what is measured, then runs bench/src/main.ts (Node strips its types).
import { execa } from 'execa';
import { main } from '../bench/src/main.ts';

const args = process.argv.slice(2);
if (!args.includes('--no-build') && !args.includes('--help') && !args.includes('-h')) {
  const filters = ['--filter=@duende/bench^...'];
  const build = await execa('turbo', ['run', 'build', '--output-logs=errors-only', ...filters], {
    preferLocal: true,
    all: true,
    reject: false,
  });
  if (build.failed) {
    console.error(`bench: the build failed\n${build.all ?? build.message}`);
    process.exit(1);
  }
}
try {
  process.exitCode = await main(args);
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
