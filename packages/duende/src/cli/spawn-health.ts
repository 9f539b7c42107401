import type { Arguments } from './arguments.ts';
import type { OptionSpec } from './option.ts';
import type { FieldOption } from './spawn-fields.ts';
import type { SpecDraft } from './spec-draft.ts';
import { splitWords } from './split-words.ts';
import { usageError } from './usage.ts';

/** When to ask a health check; with one of --health-http, --health-tcp and --health-command. */
export const healthTimingOptions: readonly FieldOption[] = [
  {
    name: 'health-interval',
    value: 'DURATION',
    kind: 'duration',
    path: ['health', 'interval'],
    help: 'Between two checks; 10s without it',
  },
  {
    name: 'health-timeout',
    value: 'DURATION',
    kind: 'duration',
    path: ['health', 'timeout'],
    help: 'How long a check may take; 5s without it',
  },
  {
    name: 'health-retries',
    value: 'COUNT',
    kind: 'count',
    as: 'number',
    path: ['health', 'retries'],
    help: 'Failed checks in a row that make it unhealthy; 3 without it',
  },
  {
    name: 'health-start-period',
    value: 'DURATION',
    kind: 'duration',
    path: ['health', 'startPeriod'],
    help: 'Failures before this time has passed do not count; 0 without it',
  },
];

export const healthKindOptions: readonly OptionSpec[] = [
  { name: 'health-http', value: 'URL', help: 'Healthy when a GET answers with a status from 200 to 399' },
  { name: 'health-tcp', value: 'HOST:PORT', kind: 'hostPort', help: 'Healthy when it accepts a connection' },
  {
    name: 'health-command',
    value: 'COMMAND',
    help: 'Healthy when it exits 0: words with "quotes" and \'quotes\', or a JSON array; no shell',
  },
];

/** Puts the health check of the command line into the spec. */
export function setHealth(draft: SpecDraft, args: Arguments): void {
  const given = healthKindOptions.filter(({ name }) => args.has(name));
  if (given.length > 1)
    throw usageError(`Give only one of ${given.map(({ name }) => `--${name}`).join(' and ')}`);
  const [option] = given;
  if (!option) {
    const timing = healthTimingOptions.find(({ name }) => args.has(name));
    const type = (draft.spec.health as { type?: unknown } | undefined)?.type;
    if (timing && type === undefined) {
      throw usageError(`--${timing.name} needs one of --health-http, --health-tcp and --health-command`);
    }
    return;
  }
  const text = args.text(option.name) as string;
  const timing = { ...(draft.spec.health as object) };
  const colon = text.lastIndexOf(':');
  const kinds: Record<string, () => object> = {
    'health-http': () => ({ type: 'http', url: text }),
    'health-tcp': () => ({
      type: 'tcp',
      host: text.slice(0, colon).replace(/^\[(.*)\]$/, '$1'),
      port: Number(text.slice(colon + 1)),
    }),
    'health-command': () => ({ type: 'command', command: splitWords(text, '--health-command') }),
  };
  draft.spec.health = { ...timing, ...kinds[option.name]?.() };
}
