import type { Area } from '../area.ts';
import { bootMachine, type Scope } from '../systemd/machine.ts';

const names = ['status', 'spawn', 'wait', 'list'];
const scopes: readonly Scope[] = ['system', 'user'];

/** Units: the systemd adapter against systemctl, systemd-run and bare D-Bus calls, on a systemd booted for it (as root). */
export const area: Area = {
  name: 'systemd',
  title: 'Linux (systemd): transient units',
  prepare: async (context) => {
    const machine = await bootMachine(context);
    return scopes.flatMap((scope) =>
      names.map((name) => ({ name: `${name} (${scope})`, run: () => machine.measure(name, scope) })),
    );
  },
};
