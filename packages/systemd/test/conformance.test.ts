import { clauses } from '@duende/conformance';
import { describeConformance } from '@duende/conformance/vitest';
import { expect, test } from 'vitest';
import { controllerHomes } from '../src/controllers.ts';
import { SystemdAdapter } from '../src/index.ts';
import { systemdHarness } from './harness.ts';
import { testScope } from './scope.ts';

/** What journald does with everybody's log. */
const always = [
  'logs.exact',
  'logs.rotation-keeps-newest',
  'logs.rotation-loses-nothing',
  'logs.rotation-while-followed',
];

/** What takes root, or controllers that this manager may not have. */
const inUserManagers = ['spawn.reports-unknown-group', 'spawn.reports-unknown-user', 'spawn.runs-as-user'];
const byController: Readonly<Record<string, readonly string[]>> = {
  memory: ['status.oom', 'resources.memory-below-limit', 'stats.memory-limit'],
  cpu: ['resources.cpu-quota'],
  pids: ['resources.pids-max'],
};

test('no clause is ruled out but those that systemd really cannot keep here', async () => {
  const adapter = new SystemdAdapter({ scope: testScope });
  const homes = controllerHomes(testScope);
  const ruledOut = clauses
    .filter((clause) => clause.applies(adapter.capabilities))
    .filter((clause) => clause.needs(adapter.capabilities) !== undefined)
    .map(({ id }) => id);
  const without = Object.entries(byController).flatMap(([name, ids]) => (homes.has(name) ? [] : ids));
  const expected = [...always, ...without, ...(testScope === 'user' ? inUserManagers : [])];
  expect(ruledOut.sort()).toEqual(expected.sort());
});

await describeConformance(systemdHarness(), { ruledOut: 'omit' });
