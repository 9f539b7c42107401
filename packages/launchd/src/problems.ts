import type { Context } from './daemon.ts';
import { readJob } from './job.ts';

/** launchd loads no installed job of whom the user has not allowed it (macOS 13 and later). */
const approval =
  'allow it in System Settings, General, Login Items & Extensions (Allow in the Background); sfltool dumpbtm lists what is allowed';

/** What is wrong with the daemons that there are, a line each. */
export async function findProblems(context: Context): Promise<string[]> {
  const { state } = context;
  const found: string[] = [];
  for (const name of state.names()) {
    const page = state.page(name);
    if (page === 'damaged') {
      found.push(
        `The state of ${name} is damaged (${state.folder(name)}). Remove it with: duende rm ${name}`,
      );
    } else if (
      typeof page === 'object' &&
      state.isInstalled(name) &&
      page.state !== 'stopped' &&
      (await readJob(context, name)) === undefined
    ) {
      found.push(`${name} is installed, but launchd has not loaded it: ${approval}`);
    }
  }
  return found;
}
