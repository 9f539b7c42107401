import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type {
  MessageTypeDefinition,
  MethodDefinition,
  PackageDefinition,
  ServiceDefinition,
} from '@grpc/proto-loader';

/** `proto` lies beside `dist`, and beside `src`: see the README in there. */
function protoFolder(): string {
  const places = ['../proto', '../../proto'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  return places.find((path) => existsSync(path)) ?? (places[0] as string);
}

const loaded = new Map<string, Promise<PackageDefinition>>();

async function load(file: string): Promise<PackageDefinition> {
  const { loadSync } = await import('@grpc/proto-loader');
  // Numbers: no size or time here passes 2^53, save "no limit", for which any huge number will do.
  return loadSync(file, { includeDirs: [protoFolder()], longs: Number, enums: String, defaults: true });
}

/** Each at its first use: all of them would take some 50 ms. */
function definitions(file: string): Promise<PackageDefinition> {
  const loading = loaded.get(file) ?? load(file);
  loaded.set(file, loading);
  return loading;
}

/** `Tasks.Get` is that of containerd.services.tasks.v1.Tasks. */
export async function loadMethod(path: string): Promise<MethodDefinition<object, object>> {
  const [service = '', name = ''] = path.split('.');
  const plain = service.toLowerCase();
  const inside = await definitions(`services/${plain}/v1/${plain}.proto`);
  const methods = inside[`containerd.services.${plain}.v1.${service}`] as ServiceDefinition;
  return methods[name] as MethodDefinition<object, object>;
}

/** google.protobuf.Any, which protobufjs has built in with names as they are; the type is what follows the last slash. */
export interface Any {
  readonly type_url: string;
  readonly value: Buffer;
}

/** Where the types are that come in an Any. */
const files: readonly (readonly [prefix: string, file: string])[] = [
  ['containerd.events.Task', 'events/task.proto'],
  ['containerd.events.Container', 'events/container.proto'],
  ['io.containerd.cgroups.v1.', 'cgroups/v1.proto'],
  ['io.containerd.cgroups.v2.', 'cgroups/v2.proto'],
];

/** `undefined` when the message is of a type that is not vendored. */
export async function decodeAny<T>({ type_url: typeUrl, value }: Any): Promise<T | undefined> {
  const name = typeUrl.slice(typeUrl.lastIndexOf('/') + 1);
  const file = files.find(([prefix]) => name.startsWith(prefix))?.[1];
  if (file === undefined) return undefined;
  const type = (await definitions(file))[name] as MessageTypeDefinition<object, object> | undefined;
  return type?.deserialize?.(value) as T | undefined;
}
