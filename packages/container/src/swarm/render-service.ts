import { type DaemonSpec, hostVariables } from '@duende/core/contract';
import { labelsOf } from '../labels.ts';
import type { PreparedImage } from '../prepare-image.ts';
import type { ContainerSettings, SwarmSettings } from '../settings.ts';
import type { ServiceSpec } from './api.ts';
import { noteLabel, noteText } from './note.ts';
import {
  healthcheck,
  limits,
  mounts,
  nanoseconds,
  networks,
  ports,
  restartPolicy,
  rollbackConfig,
  ulimits,
  updateConfig,
} from './render-parts.ts';

export interface ServiceInput {
  readonly spec: DaemonSpec;
  readonly settings: ContainerSettings & { readonly swarm: SwarmSettings };
  /** Its `reference` is what nodes take: the image's id, when it was made here, so that no registry is asked for it. */
  readonly image: PreparedImage;
  readonly key: string;
  /** The folder of all daemons, for the labels. */
  readonly base: string;
  /** Of this machine, when only it has the image. */
  readonly onlyNode?: string | undefined;
  /** The engine has an init binary. */
  readonly init: boolean;
}

function constraints({ settings, onlyNode }: ServiceInput): readonly string[] {
  const { constraints } = settings.swarm;
  return constraints.length === 0 && onlyNode !== undefined ? [`node.id==${onlyNode}`] : constraints;
}

function privileges({ sandbox }: DaemonSpec): object {
  const { capabilities } = sandbox;
  return {
    ...(capabilities === undefined ? {} : { CapabilityDrop: ['ALL'], CapabilityAdd: capabilities }),
    ...(sandbox.noNewPrivileges ? { Privileges: { NoNewPrivileges: true } } : {}),
  };
}

function containerSpec({
  spec,
  settings,
  image,
  init,
}: ServiceInput): ServiceSpec['TaskTemplate']['ContainerSpec'] {
  const env = {
    [hostVariables.name]: spec.name,
    [hostVariables.platform]: 'container',
    ...image.env,
    ...spec.env,
  };
  const limited = ulimits(spec);
  return {
    Image: image.reference,
    // Only the user's: by our own the adapter would take the container of a task for a daemon.
    Labels: spec.labels,
    Command: [image.program],
    Args: image.argv.slice(1),
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    Dir: spec.cwd ?? '/',
    ...(image.user === undefined ? {} : { User: image.user }),
    StopSignal: `SIG${spec.stopSignal}`,
    // Swarm counts whole seconds, and cuts what is less.
    StopGracePeriod: nanoseconds(Math.ceil(spec.stopTimeout / 1000) * 1000),
    Init: init,
    ReadOnly: spec.sandbox.filesystem?.mode === 'read-only',
    Mounts: mounts(settings),
    Healthcheck: healthcheck(spec),
    ...(limited.length > 0 ? { Ulimits: limited } : {}),
    ...privileges(spec),
  };
}

/** Pure: the body of `POST /services/create`, Docker Engine API. */
export function renderService(input: ServiceInput): ServiceSpec {
  const { spec, settings, key, base } = input;
  const limited = limits(spec);
  const where = constraints(input);
  const connected = networks(spec, settings);
  const published = ports(settings);
  return {
    Name: `duende-${spec.name}`,
    Labels: {
      ...labelsOf(spec, key, base),
      [noteLabel]: noteText({ run: 1, startTimeout: spec.startTimeout }),
    },
    TaskTemplate: {
      ContainerSpec: containerSpec(input),
      ...(limited === undefined ? {} : { Resources: { Limits: limited } }),
      RestartPolicy: restartPolicy(spec),
      Placement: { Constraints: where },
      ...(connected.length > 0 ? { Networks: connected } : {}),
      LogDriver: {
        Name: 'local',
        Options: {
          'max-size': String(spec.logs.maxSize),
          'max-file': String(spec.logs.files + 1),
          compress: 'false',
        },
      },
      ForceUpdate: 0,
    },
    Mode: { Replicated: { Replicas: settings.swarm.replicas } },
    UpdateConfig: updateConfig(settings.swarm),
    RollbackConfig: rollbackConfig(settings.swarm),
    ...(published === undefined ? {} : { EndpointSpec: published }),
  };
}
