// Several engines with one control socket: what a test run has.
import { env } from 'node:process';
import { serveControl } from './control-server.mjs';
import { startEngine } from './engine.mjs';
import { EngineStartError, whyNot } from './machine.mjs';

/** `environment` is what a command inside has to be given; `stop()` removes all. */
export async function startEngines(names) {
  const reason = whyNot(names);
  if (reason) throw new EngineStartError(reason, true);
  const engines = {};
  let control;
  const stop = async () => {
    await control?.close();
    for (const engine of Object.values(engines)) await engine.stop();
  };
  try {
    // One after the other: the second core is not worth two half-started daemons when one fails.
    for (const name of names) engines[name] = await startEngine(name);
    control = await serveControl(engines);
  } catch (error) {
    await stop();
    throw error;
  }
  const told = Object.values(engines).map(({ name, runtime, address, env: own, storage }) => [
    name,
    { runtime, address, env: own, storage, control: control.address },
  ]);
  return {
    engines,
    environment: { ...env, DUENDE_TEST_ENGINES: JSON.stringify(Object.fromEntries(told)) },
    stop,
  };
}
