// One part of the tests, as a process of its own: `node scripts/test-part.mjs NAME REPORT [FILTER...]`. See test.mjs.
import { writeFile } from 'node:fs/promises';
import { engineTests } from './engines/tests.mjs';
import { systemdTests } from './systemd/tests.mjs';
import { vmTests } from './vms/tests.mjs';

const parts = { engines: engineTests, systemd: systemdTests, vms: vmTests };
const [name, report, ...filters] = process.argv.slice(2);
const runs = [];
const errors = [];
try {
  await parts[name](filters, (title, exitCode, result) => {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = result;
    runs.push({ title, exitCode, numPassedTests, numFailedTests, numPendingTests, numTodoTests });
  });
} catch (error) {
  errors.push(String(error));
}
await writeFile(report, JSON.stringify({ runs, errors }));
