/** Of the Docker Engine API, /services, /tasks, /nodes and /info: what is read here. */

export interface TaskStatus {
  readonly State: string;
  readonly Timestamp?: string;
  readonly Message?: string;
  readonly Err?: string;
  readonly ContainerStatus?: {
    readonly ContainerID?: string;
    readonly PID?: number;
    readonly ExitCode?: number;
  } | null;
}

export interface Task {
  readonly ID: string;
  readonly Slot?: number;
  readonly NodeID?: string;
  /** What swarm wants of it: `ready`, `running`, `shutdown`, `remove`. */
  readonly DesiredState: string;
  readonly CreatedAt: string;
  readonly Status: TaskStatus;
  readonly Spec?: {
    readonly ForceUpdate?: number;
    readonly Placement?: { readonly Constraints?: readonly string[] | null };
  };
}

export interface UpdateConfig {
  readonly Parallelism: number;
  readonly Delay?: number;
  readonly FailureAction?: string;
  readonly Order?: string;
}

export interface TaskTemplate {
  readonly ContainerSpec: Readonly<Record<string, unknown>> & {
    readonly Image: string;
    readonly Init?: boolean | null;
    readonly StopSignal?: string;
    readonly StopGracePeriod?: number;
  };
  readonly RestartPolicy?: { readonly Condition?: string; readonly MaxAttempts?: number };
  readonly Placement?: { readonly Constraints?: readonly string[] | null };
  readonly ForceUpdate?: number;
  readonly [name: string]: unknown;
}

export interface ServiceSpec {
  readonly Name: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly TaskTemplate: TaskTemplate;
  readonly Mode: { readonly Replicated?: { readonly Replicas?: number } };
  readonly UpdateConfig?: UpdateConfig;
  readonly RollbackConfig?: UpdateConfig;
  readonly EndpointSpec?: object;
}

export interface Service {
  readonly ID: string;
  readonly Version: { readonly Index: number };
  readonly Spec: ServiceSpec;
  readonly UpdateStatus?: { readonly State?: string; readonly Message?: string } | null;
}

export interface Node {
  readonly ID: string;
  readonly Description?: { readonly Hostname?: string };
}

export interface SwarmInfo {
  readonly InitBinary?: string;
  readonly InitCommit?: { readonly ID?: string };
  readonly Swarm?: {
    readonly NodeID?: string;
    readonly LocalNodeState?: string;
    readonly ControlAvailable?: boolean;
  };
}

/** The label that says which service the container of a task belongs to. */
export const serviceLabel = 'com.docker.swarm.service.id';

export const servicePath = (id: string, rest = ''): string => `/services/${encodeURIComponent(id)}${rest}`;
