import { parseArgs } from 'node:util';
import { isPlatform, type Platform, platforms } from 'duende';

export const usage = `Usage: pnpm demo [--platform NAME]

Takes a counter daemon through its life on one platform, native without the option.
Platforms: ${platforms.join(', ')}`;

/** @throws Error, one line, when the arguments are wrong. */
export function parseOptions(argv: readonly string[]): { platform: Platform; help: boolean } {
  const { values } = parseArgs({
    args: argv.filter((argument) => argument !== '--'),
    options: {
      platform: { type: 'string', default: 'native' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (isPlatform(values.platform)) return { platform: values.platform, help: values.help };
  throw new Error(
    `There is no platform ${JSON.stringify(values.platform)}: expected ${platforms.join(', ')}`,
  );
}
