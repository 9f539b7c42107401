import { testFolder } from './helpers.ts';
import { lifeSuite } from './stand-ins/life-suite.ts';
import { refusalSuite } from './stand-ins/refusal-suite.ts';
import { snapshotSuite } from './stand-ins/snapshot-suite.ts';

/** The driver on a stand-in, see stand-ins/README.md: no real Firecracker, no VM. */
const folder = testFolder();

lifeSuite('firecracker', () => folder);
snapshotSuite('firecracker', () => folder);
refusalSuite('firecracker', 'Firecracker', () => folder);
