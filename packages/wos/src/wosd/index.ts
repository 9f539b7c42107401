export { startKernel } from './start.ts';
export { Wosd, type WosdOptions } from './wosd.ts';
