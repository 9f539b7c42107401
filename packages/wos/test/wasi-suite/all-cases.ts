import type { Cases } from './cases.ts';
import { descriptorCases } from './cases-descriptors.ts';
import { directoryCases } from './cases-directories.ts';
import { fileCases } from './cases-files.ts';
import { libraryCases } from './cases-library.ts';
import { linkCases } from './cases-links.ts';
import { pathCases } from './cases-paths.ts';
import { processCases } from './cases-process.ts';
import { rightsCases } from './cases-rights.ts';
import { statusCases } from './cases-status.ts';

/** All 72 cases that WebAssembly/wasi-testsuite has for preview1 (commit e1f53e05). */
export const suiteCases: Cases = {
  ...pathCases,
  ...linkCases,
  ...fileCases,
  ...statusCases,
  ...descriptorCases,
  ...rightsCases,
  ...processCases,
  ...libraryCases,
  ...directoryCases,
};
