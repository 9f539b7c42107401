import type { Capabilities, Support } from '@duende/core';
import { type Clause, clause } from '../clause.ts';
import type { ClauseContext, ProgramInput } from '../context.ts';
import { equal, rejects } from '../expect.ts';
import { nothingLeft, running } from '../observe.ts';
import { backoff, restartLimit } from './restart-support.ts';

type Ask = readonly [field: string, support: Support, overrides: Partial<ProgramInput>];

const resources: NonNullable<ProgramInput['resources']> = {
  memoryMax: '64M',
  memorySwapMax: '64M',
  cpuQuota: 0.5,
  cpuWeight: 50,
  ioReadBps: '10M',
  ioWriteBps: '10M',
  pidsMax: 50,
  openFilesMax: 64,
  lockMemory: '1M',
};

const sandbox: NonNullable<ProgramInput['sandbox']> = {
  filesystem: { mode: 'read-only' },
  network: 'none',
  capabilities: ['CAP_NET_BIND_SERVICE'],
  noNewPrivileges: true,
  seccomp: 'default',
};

const health: Record<'command' | 'http' | 'tcp', NonNullable<ProgramInput['health']>> = {
  command: { type: 'command', command: ['/bin/true'] },
  http: { type: 'http', url: 'http://127.0.0.1:9/' },
  tcp: { type: 'tcp', port: 9 },
};

const keys = <T extends object>(value: T) => Object.keys(value) as (keyof T)[];

/** Everything that a spec can ask for, by group, with the spec that asks for it. */
const groups: Readonly<Record<string, (can: Capabilities) => Ask[]>> = {
  resource: (can) =>
    keys(can.resources).map((name) => [
      `resources.${name}`,
      can.resources[name],
      { resources: { [name]: resources[name] } },
    ]),
  sandbox: (can) =>
    keys(can.sandbox).map((name) => [
      `sandbox.${name}`,
      can.sandbox[name],
      { sandbox: { [name]: sandbox[name] } },
    ]),
  'restart-policy': (can) =>
    keys(can.restart).map((policy) => ['restart.policy', can.restart[policy], { restart: policy }]),
  readiness: (can) =>
    keys(can.readiness).map((name) => ['readiness', can.readiness[name], { readiness: name }]),
  health: (can) =>
    keys(can.health).map((type) => ['health.type', can.health[type], { health: health[type] }]),
  identity: (can) => keys(can.identity).map((name) => [name, can.identity[name], { [name]: 65_534 }]),
  'stop-signal': (can) =>
    keys(can.signals).map((name) => ['stopSignal', can.signals[name], { stopSignal: name }]),
};

async function refuses(context: ClauseContext, spec: ProgramInput, field: string): Promise<void> {
  const wanted = { code: 'Config', reason: 'invalid-setting', field } as const;
  await rejects(context.adapter.spawn(spec), wanted, `spawn with ${field}, which capabilities rule out`);
  await nothingLeft(context, spec.name);
}

/** Point 5: what cannot be enforced is refused by name. One clause a group; each checks every entry of it. */
export const settingsClauses: readonly Clause[] = [
  ...Object.entries(groups).map(([group, asks]) =>
    clause({
      id: `settings.refuses-${group}`,
      contract: 5,
      title: `every ${group.replace('-', ' ')} that capabilities rule out is refused by name`,
      logs: false,
      applies: (can) => asks(can).some(([, support]) => !support.supported),
      async run(context) {
        for (const [field, support, overrides] of asks(context.capabilities)) {
          if (!support.supported) await refuses(context, await context.define(['park'], overrides), field);
        }
      },
    }),
  ),
  clause({
    id: 'settings.refuses-module',
    contract: 5,
    title: 'a module daemon is refused by name when capabilities rule it out',
    logs: false,
    applies: (can) => !can.daemons.module.supported,
    async run(context) {
      const name = context.name();
      const module = await context.probe.file('daemon.mjs', 'export default {};\n', 0o644);
      const wanted = { code: 'Config', reason: 'invalid-setting', field: 'module' } as const;
      await rejects(context.adapter.spawn({ name, module }), wanted, 'spawn of a module daemon');
      await nothingLeft(context, name);
    },
  }),
  clause({
    id: 'settings.refuses-log-rotation',
    contract: 5,
    title: 'bounds of the log are refused by name when capabilities rule them out',
    logs: false,
    applies: (can) => !can.logs.rotation.supported,
    async run(context) {
      await refuses(context, await context.define(['park'], { logs: { maxSize: '1M' } }), 'logs.maxSize');
      await refuses(context, await context.define(['park'], { logs: { files: 2 } }), 'logs.files');
    },
  }),
  clause({
    id: 'settings.refuses-backoff',
    contract: 5,
    title: 'delays and limits of restarts are refused by name when capabilities rule them out',
    logs: false,
    applies: (can) => !backoff(can)[1].supported || !restartLimit(can)[1].supported,
    async run(context) {
      const can = context.capabilities;
      const delays = backoff(can)[1].supported ? {} : { delay: 50, factor: 2, maxDelay: 500 };
      const limits = restartLimit(can)[1].supported ? {} : { maxRestarts: 3, window: 5000 };
      for (const [name, value] of Object.entries({ ...delays, ...limits })) {
        const spec = await context.define(['park'], { restart: { [name]: value } });
        await refuses(context, spec, `restart.${name}`);
      }
    },
  }),
  clause({
    id: 'settings.refuses-unsupported-signal',
    contract: 5,
    title: 'a signal that capabilities rule out is refused and does nothing',
    logs: false,
    applies: (can) => Object.values(can.signals).some((support) => !support.supported),
    async run(context) {
      const { signals } = context.capabilities;
      const handle = await context.spawn(['park']);
      const pid = await running(context, handle);
      for (const signal of keys(signals)) {
        if (signals[signal].supported) continue;
        const refusal = { code: ['NotSupported', 'SignalFailed', 'Config'] } as const;
        await rejects(context.adapter.signal(handle, signal), refusal, `signal ${signal}`);
      }
      equal(await running(context, handle), pid, 'PID afterwards');
    },
  }),
  clause({
    id: 'settings.refuses-unknown-platform-setting',
    contract: 5,
    title: 'a setting of this platform that the adapter does not know is refused by name',
    logs: false,
    async run(context) {
      const kinds = { native: 'native', linux: 'systemd', macos: 'launchd' } as const;
      const others = { container: 'container', pepita: 'pepita', wos: 'wos' } as const;
      const own = { ...kinds, ...others }[context.adapter.platform];
      const spec = await context.define(['park']);
      const settings = { ...spec.platform, [own]: { ...spec.platform?.[own], noSuchSetting: true } };
      await refuses(context, { ...spec, platform: settings }, `platform.${own}.noSuchSetting`);
    },
  }),
  clause({
    id: 'settings.refuses-unknown-field',
    contract: 5,
    title: 'a field that no spec has is refused by name',
    logs: false,
    async run(context) {
      const spec = await context.define(['park']);
      const misspelt = { ...spec, memmoryMax: '64M' };
      await refuses(context, misspelt, 'memmoryMax');
    },
  }),
];
