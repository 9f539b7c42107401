import { SeededRandom } from '../support/seeded-random.ts';
import { malformed, noise, randomCode, unknownImport } from './broken.ts';
import { escapes } from './escapes.ts';
import { endless, flood, hugeModule, memoryBomb, polls, recursion, wellBehaved } from './hostile.ts';
import type { SoakModule } from './kinds.ts';
import { spawnBomb } from './spawn-bomb.ts';
import { wildCalls } from './wild-calls.ts';

/** Each as often as its number. */
const kinds: readonly (readonly [(random: SeededRandom) => SoakModule, number])[] = [
  [malformed, 24],
  [noise, 4],
  [unknownImport, 4],
  [randomCode, 12],
  [wildCalls, 16],
  [escapes, 8],
  [memoryBomb, 6],
  [hugeModule, 2],
  [recursion, 3],
  [endless, 6],
  [polls, 4],
  [flood, 3],
  [spawnBomb, 2],
  [wellBehaved, 6],
];
const all = kinds.flatMap(([make, often]) => Array.from({ length: often }, () => make));

/** The module of a seed: always the same. */
export function soakModule(seed: number): SoakModule {
  const random = new SeededRandom(seed);
  return random.pick(all)(random);
}
