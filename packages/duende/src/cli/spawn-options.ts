import { containerOptions } from './container-options.ts';
import { type OptionSpec, placeOptions, platformOption } from './option.ts';
import { fieldOptions } from './spawn-fields.ts';
import { healthKindOptions, healthTimingOptions } from './spawn-health.ts';

export const spawnOptions: readonly OptionSpec[] = [
  {
    name: 'name',
    short: 'n',
    value: 'NAME',
    help: 'Its name; for a module, the name of its file without it',
  },
  ...placeOptions.map((option) =>
    option === platformOption
      ? { ...option, help: 'Where to run it; $DUENDE_PLATFORM without it, else the detected platform' }
      : option,
  ),
  {
    name: 'module',
    value: 'FILE',
    kind: 'file',
    help: 'A module whose default export is defineDaemon({ ... })',
  },
  { name: 'config', value: 'JSON', help: 'Configuration of the module' },
  {
    name: 'config-file',
    value: 'FILE',
    kind: 'file',
    help: 'Configuration of the module, as a JSON file; - is stdin',
  },
  {
    name: 'spec',
    value: 'FILE',
    kind: 'file',
    help: 'A whole spec as a JSON file, - being stdin; other options win over it',
  },
  {
    name: 'env',
    short: 'e',
    value: 'K=V',
    multiple: true,
    help: 'Set a variable; K alone takes the value it has here',
  },
  {
    name: 'env-from',
    value: 'FILE',
    kind: 'file',
    multiple: true,
    help: 'Variables as K=V lines; --env wins over it',
  },
  {
    // Node reads this option from the command line of every program it runs (v26, src/node_dotenv.cc): a missing file
    // is its error, and the variables get into duende's own environment too.
    name: 'env-file',
    value: 'FILE',
    kind: 'file',
    multiple: true,
    help: 'As --env-from; Node itself reads this one too, so duende gets those variables as well',
  },
  {
    name: 'cwd',
    short: 'C',
    value: 'FOLDER',
    kind: 'folder',
    help: 'Its working folder; for -- CMD on this machine the current one without it',
  },
  {
    name: 'restart',
    short: 'r',
    value: 'POLICY[:MAX]',
    kind: 'restart',
    help: 'never, on-failure, always or unless-stopped, and after how many restarts to give up; never without it',
  },
  ...fieldOptions,
  ...healthKindOptions,
  ...healthTimingOptions,
  ...containerOptions,
  { name: 'label', short: 'l', value: 'K=V', kind: 'pair', multiple: true, help: 'A label' },
  {
    name: 'set',
    value: 'PATH=JSON',
    kind: 'pair',
    multiple: true,
    help: 'Any other field of the spec: --set platform.container.tmpfs=\'["/tmp"]\'',
  },
];

export const spawnDetails: readonly string[] = [
  'Resolves when the program was executed, or, with --readiness notify, when it is ready.',
  'Its environment is what --env and --env-from give, and not that of this shell.',
  'CMD without a slash is looked up in PATH here; on a container, pepita or wos it is taken as it is. Relative paths are those of the current folder, in a --spec file those of its folder.',
  'Options that begin with "container:" mean --platform container where no platform is given.',
];
