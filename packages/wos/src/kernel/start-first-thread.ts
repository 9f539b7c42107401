import { startFirstThread } from './first-thread.ts';

// On import: before all else of the kernel is loaded, beside which it starts.
startFirstThread();
