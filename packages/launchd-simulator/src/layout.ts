import { join } from 'node:path';

/** Where things are below the simulator's root. */
export const folders = (root: string) => ({
  bin: join(root, 'bin'),
  state: join(root, 'state'),
  socket: join(root, 'socket'),
  /** /Library/LaunchDaemons */
  daemons: join(root, 'Library/LaunchDaemons'),
  /** /Library/LaunchAgents */
  agents: join(root, 'Library/LaunchAgents'),
  /** The caller's home folder. */
  home: join(root, 'Users/tester'),
  /** ~/Library/LaunchAgents */
  userAgents: join(root, 'Users/tester/Library/LaunchAgents'),
});
