import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { MessageTypeDefinition, PackageDefinition, ServiceDefinition } from '@grpc/proto-loader';

/** containerd/api at v2 (its protocol has stayed compatible since 1.0) and containerd/cgroups; see the licence in each file. */
const files = [
  ...['containers', 'content', 'diff', 'events', 'images', 'leases', 'snapshots', 'tasks', 'version'].map(
    (name) => `services/${name}/v1/${name}.proto`,
  ),
  'events/container.proto',
  'events/task.proto',
  'cgroups/v1.proto',
  'cgroups/v2.proto',
];

/** `proto` lies beside `dist`, and beside `src`. */
function protoFolder(): string {
  const places = ['../proto', '../../proto'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  return places.find((path) => existsSync(path)) ?? (places[0] as string);
}

let loading: Promise<PackageDefinition> | undefined;

async function load(): Promise<PackageDefinition> {
  const { loadSync } = await import('@grpc/proto-loader');
  // Numbers: no size or time here passes 2^53, save "no limit", for which any huge number will do.
  return loadSync(files, { includeDirs: [protoFolder()], longs: Number, enums: String, defaults: true });
}

/** Read at the first call, as reading them takes some 30 ms. */
export const protocol = (): Promise<PackageDefinition> => {
  loading ??= load();
  return loading;
};

/** `containerd.services.tasks.v1.Tasks` for `Tasks`. */
export function serviceIn(definition: PackageDefinition, service: string): ServiceDefinition {
  const plain = service === 'Version' ? 'version' : service.toLowerCase();
  return definition[`containerd.services.${plain}.v1.${service}`] as ServiceDefinition;
}

/** google.protobuf.Any, which protobufjs has built in with names as they are; the type is what follows the last slash. */
export interface Any {
  readonly type_url: string;
  readonly value: Buffer;
}

/** `undefined` when the message is of a type that is not vendored. */
export async function decodeAny<T>({ type_url: typeUrl, value }: Any): Promise<T | undefined> {
  const name = typeUrl.slice(typeUrl.lastIndexOf('/') + 1);
  const type = (await protocol())[name] as MessageTypeDefinition<object, object> | undefined;
  return type?.deserialize?.(value) as T | undefined;
}
