import { userInfo } from 'node:os';
import type { Context } from './daemon.ts';
import { isLingering } from './linger.ts';

/** What is wrong with the daemons that there are, a line each. */
export function findProblems({ scope, state }: Context): string[] {
  const { pages, damaged } = state.entries();
  const broken = damaged.map(
    (name) => `The state of ${name} is damaged (${state.unitFile(name)}). Remove it with: duende rm ${name}`,
  );
  const installed = pages.filter(({ name }) => state.isInstalled(name)).map(({ name }) => name);
  if (scope === 'system' || installed.length === 0 || isLingering()) return broken;
  const { username } = userInfo();
  return [
    ...broken,
    `${installed.join(', ')}: installed, and yet gone with the last session of ${username}, and only back with the next: run loginctl enable-linger ${username}`,
  ];
}
