/** A process that keeps a VM ready and has taken one before: `node spare-client.ts STATE KERNEL`. Says both in JSON, and does nothing then. */
import { PepitaAdapter } from '../../src/index.ts';
import { untilSpareReady, untilSpareTaken } from './spare-parts.ts';

const [stateDirectory = '', kernel = ''] = process.argv.slice(2);
const adapter = new PepitaAdapter({ stateDirectory, kernel, accel: 'tcg' });
const { handle, machineId } = await untilSpareTaken(adapter, stateDirectory, ['trap']);
const spare = await untilSpareReady(stateDirectory, machineId);
console.log(JSON.stringify({ handle, machineId, spare }));
setInterval(() => undefined, 1000);
