/** What lines of sd_notify(3) tell of a daemon. */
export interface Notice {
  readonly isReady: boolean;
  readonly status: string | undefined;
}

const longestStatus = 1000;

/** Pure: reads lines of sd_notify(3). What is not known is passed over, as everywhere. */
export function readNotice(text: string): Notice {
  const lines = text.split('\n');
  const status = lines.findLast((line) => line.startsWith('STATUS='));
  return {
    isReady: lines.includes('READY=1'),
    status: status?.slice('STATUS='.length, 'STATUS='.length + longestStatus),
  };
}
