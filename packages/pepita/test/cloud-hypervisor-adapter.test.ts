import { testFolder } from './helpers.ts';
import { adapterSuite } from './stand-ins/adapter-suite.ts';

/** The adapter on a stand-in, see stand-ins/README.md: no real cloud-hypervisor, no VM. */
const folder = testFolder();

adapterSuite('cloud-hypervisor', 'cloud-hypervisor', () => folder);
