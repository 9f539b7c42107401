import { expect, test } from 'vitest';
import { settingNames } from '../src/setting-names.ts';
import { schemaNames } from '../src/settings.ts';

test('the names for who does not load zod are those of the schema', () => {
  expect([...settingNames]).toEqual(schemaNames);
});
