import { testFolder } from './helpers.ts';
import { adapterSuite } from './stand-ins/adapter-suite.ts';

/** The adapter on a stand-in, see stand-ins/README.md: no real Firecracker, no VM. */
const folder = testFolder();

adapterSuite('firecracker', 'Firecracker', () => folder);
