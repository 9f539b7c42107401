// The tests of packages/systemd, once with the manager of the system and once with that of a user, in one booted systemd.
import { readFile } from 'node:fs/promises';
import { BootError, boot } from './boot.mjs';
import { command } from './command.mjs';
import { scopeOf } from './enter.mjs';
import { isBooted } from './machine.mjs';

const required = (process.env.DUENDE_REQUIRE ?? '').split(',').some((name) => name.trim() === 'linux');

/** The manager that an account on a machine with systemd has anyway, in the shape of a booted one. */
function ownManager() {
  const env = {
    XDG_RUNTIME_DIR: `/run/user/${process.getuid()}`,
    ...process.env,
    DUENDE_SYSTEMD_SCOPE: 'user',
  };
  return {
    scopes: [true],
    run: async (argv) => (await command(argv, { inherit: true, env })).exitCode,
    outside: (path) => path,
    shutdown: () => {},
  };
}

/**
 * Calls `add(title, exitCode, result)` for each run, `result` being vitest's report. Where no systemd can be booted, says so
 * in one line; that is an error when DUENDE_REQUIRE names linux.
 */
export async function systemdTests(args, add) {
  let machine;
  try {
    machine =
      isBooted() && process.getuid() !== 0 ? ownManager() : { scopes: [false, true], ...(await boot()) };
  } catch (error) {
    if (required || !(error instanceof BootError && error.cannot)) throw error;
    console.log(`\n── Not tested: systemd, since ${error.message}`);
    return;
  }
  try {
    for (const asUser of machine.scopes) {
      const scope = scopeOf(asUser);
      const title = `Tests of systemd, ${scope} scope`;
      console.log(`\n── ${title}`);
      const report = `/tmp/duende-report-${scope}-${process.pid}.json`;
      const vitest = ['vitest', 'run', '--project', 'systemd', ...args];
      // The test user cannot write to the checkout: no bundled configuration and no cache in node_modules.
      const readOnly = ['--configLoader=runner', '--cache=false'];
      const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
      const exitCode = await machine.run([...vitest, ...readOnly, ...reporters], { asUser });
      add(title, exitCode, JSON.parse(await readFile(machine.outside(report), 'utf8')));
    }
  } finally {
    await machine.shutdown();
  }
}
