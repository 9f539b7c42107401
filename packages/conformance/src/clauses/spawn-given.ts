import { type Clause, clause } from '../clause.ts';
import { check, equal } from '../expect.ts';
import { reportOf } from '../observe.ts';
import { longText } from '../probe/language.ts';

/** Every kind of text that something between the caller and the program could mangle. */
const kinds: Readonly<Record<string, string>> = {
  spaces: '  two  spaces, at the ends too\t ',
  quotes: `it's "quoted" \`here\` '"'"'`,
  dollar: '$HOME $' + '{HOME} $(id) $$ $1 $',
  percent: '%n %i %% %s 100% %PATH%',
  backslashes: '\\ \\\\ \\n \\x41 \\" C:\\dir\\',
  newlines: 'first\nsecond\n\nthird\n',
  unicode: 'déjà-vu 日本語 🦊 \u200b e\u0301',
  dashes: '--version',
  'shell-syntax': '; | & > /dev/null < # ! * ? [a-z] {a,b} ~ ^',
  equals: 'a=b=c',
};

const names = Object.keys(kinds);

/** Points 3 and 4: what arrives in the daemon. */
export const spawnGivenClauses: readonly Clause[] = [
  ...names.map((kind) =>
    clause({
      id: `spawn.args-${kind}`,
      contract: 3,
      title: `arguments with ${kind.replace('-', ' ')} arrive byte for byte`,
      async run(context) {
        const args = ['before', kinds[kind] as string, kinds[kind] as string, 'after'];
        const report = await reportOf(context, await context.spawn(['report', ...args]));
        equal(report.args, args, 'arguments');
      },
    }),
  ),
  clause({
    id: 'spawn.args-empty',
    contract: 3,
    title: 'empty arguments arrive, wherever they stand',
    async run(context) {
      const args = ['', 'a', '', '', 'b', ''];
      equal((await reportOf(context, await context.spawn(['report', ...args]))).args, args, 'arguments');
    },
  }),
  clause({
    id: 'spawn.args-long',
    contract: 3,
    title: 'an argument of 100 kB arrives byte for byte',
    async run(context) {
      const long = 'x$ "é\\'.repeat(14_000);
      const report = await reportOf(context, await context.spawn(['report', long]));
      equal(report.args, [longText(long)], 'length and hash of the argument');
    },
  }),
  clause({
    id: 'spawn.args-many',
    contract: 3,
    title: 'a thousand arguments arrive in order',
    async run(context) {
      const args = Array.from({ length: 1000 }, (_, index) => `argument ${index}`);
      equal((await reportOf(context, await context.spawn(['report', ...args]))).args, args, 'arguments');
    },
  }),
  ...names.map((kind) =>
    clause({
      id: `spawn.env-${kind}`,
      contract: 3,
      title: `an environment value with ${kind.replace('-', ' ')} arrives byte for byte`,
      async run(context) {
        const value = kinds[kind] as string;
        const handle = await context.spawn(['report'], { env: { PROBE_VALUE: value, PROBE_NEXT: 'next' } });
        const { env } = await reportOf(context, handle);
        equal(env.PROBE_VALUE, value, 'value');
        equal(env.PROBE_NEXT, 'next', 'the value beside it');
      },
    }),
  ),
  clause({
    id: 'spawn.env-empty',
    contract: 3,
    title: 'an empty environment value arrives as an empty one',
    async run(context) {
      const { env } = await reportOf(context, await context.spawn(['report'], { env: { PROBE_EMPTY: '' } }));
      equal(env.PROBE_EMPTY, '', 'value');
    },
  }),
  clause({
    id: 'spawn.env-wins',
    contract: 3,
    title: 'what the spec says of PATH and HOME wins over what the platform gives',
    async run(context) {
      const given = { PATH: '/probe/path:/bin', HOME: '/probe home' };
      const { env } = await reportOf(context, await context.spawn(['report'], { env: given }));
      equal({ PATH: env.PATH, HOME: env.HOME }, given, 'PATH and HOME');
    },
  }),
  clause({
    id: 'spawn.env-does-not-leak',
    contract: 4,
    title: "the caller's environment does not reach the daemon",
    async run(context) {
      const name = `PROBE_LEAK_${context.name().replace(/\W/g, '_')}`;
      process.env[name] = 'leaked';
      try {
        const adapter = await context.client();
        const here = await adapter.spawn(await context.define(['report']));
        check(!(name in (await reportOf(context, here)).env), `${name} of this process reached the daemon`);
        const spec = await context.define(['report']);
        await context.elsewhere([{ method: 'spawn', args: [spec] }], { [name]: 'leaked' });
        const there = await context.adapter.find(spec.name);
        check(there !== undefined, 'find() does not know a daemon that another process spawned');
        check(!(name in (await reportOf(context, there)).env), `${name} of the caller reached the daemon`);
      } finally {
        delete process.env[name];
      }
    },
  }),
  ...names.map((kind) =>
    clause({
      id: `spawn.cwd-${kind}`,
      contract: 3,
      title: `a working folder whose name has ${kind.replace('-', ' ')} is the working folder`,
      async run(context) {
        const cwd = await context.probe.directory((kinds[kind] as string).replaceAll('/', '_'));
        equal((await reportOf(context, await context.spawn(['report'], { cwd }))).cwd, cwd, 'cwd');
      },
    }),
  ),
  clause({
    id: 'spawn.runs-as-user',
    contract: 3,
    title: 'user and group are those of the spec',
    needs: (can) => [
      ['user', can.identity.user],
      ['group', can.identity.group],
    ],
    async run(context) {
      const report = await reportOf(
        context,
        await context.spawn(['report'], { user: 65_534, group: 65_534 }),
      );
      equal([report.uid, report.gid], [65_534, 65_534], 'uid and gid');
    },
  }),
];
