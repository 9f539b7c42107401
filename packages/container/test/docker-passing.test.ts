import { expect, test } from 'vitest';
import { askAgain } from '../src/docker/passing.ts';
import { EngineError } from '../src/engine/engine-error.ts';

const stumble = () => new EngineError('engine', 'read /proc/13530/cgroup: no such process');

test('what Podman says of a container that is just ending is asked again', async () => {
  let asked = 0;
  const answer = await askAgain(async () => {
    asked += 1;
    if (asked < 3) throw stumble();
    return 'ended';
  });
  expect({ answer, asked }).toEqual({ answer: 'ended', asked: 3 });
});

test('not for ever, and nothing else is', async () => {
  await expect(askAgain(() => Promise.reject(stumble()))).rejects.toThrow('no such process');
  let asked = 0;
  const other = askAgain(async () => {
    asked += 1;
    throw new EngineError('engine', 'out of memory');
  });
  await expect(other).rejects.toThrow('out of memory');
  expect(asked).toBe(1);
});
