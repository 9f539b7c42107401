import { bootId } from './process-info.ts';
import { statePageSize } from './state-page.ts';

/** The page of a daemon that nothing has been heard of; `struct state_page`, see decodeStatePage. */
export function encodeCreatedPage(id: string, name: string): Buffer {
  const page = Buffer.alloc(statePageSize);
  page.write('DUENDEn1', 0, 'latin1');
  page.write(id, 120, 40, 'latin1');
  page.write(bootId(), 160, 40, 'latin1');
  page.write(name, 200, 64, 'utf8');
  return page;
}
