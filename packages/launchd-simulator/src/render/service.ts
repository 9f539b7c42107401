import type { Style } from '../settings.ts';
import type { JobView } from '../view.ts';
import { fifteen, thirteen } from './newer.ts';
import { older } from './older.ts';

/** `launchctl print` of a service. */
export const renderService = (view: JobView, style: Style): string =>
  ({ '11': older, '13': thirteen, '15': fifteen })[style](view);
