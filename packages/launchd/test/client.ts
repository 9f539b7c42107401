import { type Domain, LaunchdAdapter } from '../src/index.ts';

/** For the conformance kit's other processes. */
export const createAdapter = (): LaunchdAdapter => {
  const { DUENDE_TEST_LAUNCHCTL: launchctl, DUENDE_TEST_DOMAIN: domain } = process.env;
  return new LaunchdAdapter({
    ...(domain === undefined ? {} : { domain: domain as Domain }),
    ...(launchctl === undefined ? {} : { launchctl }),
  });
};
