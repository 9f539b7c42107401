import { testFolder } from './helpers.ts';
import { lifeSuite } from './stand-ins/life-suite.ts';
import { refusalSuite } from './stand-ins/refusal-suite.ts';
import { snapshotSuite } from './stand-ins/snapshot-suite.ts';

/** The driver on a stand-in, see stand-ins/README.md: no real cloud-hypervisor, no VM. */
const folder = testFolder();

lifeSuite('cloud-hypervisor', () => folder);
snapshotSuite('cloud-hypervisor', () => folder);
refusalSuite('cloud-hypervisor', 'cloud-hypervisor', () => folder);
