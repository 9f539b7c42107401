import { killAndRestartEngine, restartEngine, testEngines } from '../../../../scripts/engines/control.mjs';
import type { Runtime } from '../../src/index.ts';

interface TestEngine {
  readonly address: string;
}

/** Where the engine of the tests is. @throws when the tests were not started by scripts/engines */
export function addressOf(name: Runtime | 'swarm'): string {
  const engine = (testEngines() as Partial<Record<string, TestEngine>>)[name];
  if (engine === undefined)
    throw new Error(`no engine ${name}: run node scripts/engines/main.mjs run -- ...`);
  return engine.address;
}

export { killAndRestartEngine, restartEngine };
