/** Routes of the API, src/firecracker/src/api_server/parsed_request.rs. */

import type { Answer, ApiRequest } from '../http-api.ts';
import type { Machine } from './machine.ts';
import * as schemas from './schemas.ts';

const { Fault, parseBody } = schemas;

const done: Answer = { status: 204 };
const kvmFault = 'Kvm error: Error creating KVM object: No such device (os error 19)';

function get(machine: Machine, path: string, { version, id }: About): Answer {
  const answers: Readonly<Record<string, unknown>> = {
    '/': { id, state: machine.state, vmm_version: version, app_name: 'Firecracker' },
    '/version': { firecracker_version: version },
    '/machine-config': machine.machineConfig,
  };
  if (!Object.hasOwn(answers, path))
    throw new Fault(`Invalid request method and/or path: GET ${path.slice(1)}.`);
  return { status: 200, body: answers[path] };
}

async function put(machine: Machine, path: string, body: string): Promise<Answer> {
  const [, resource = '', id = ''] = path.split('/');
  if (resource === 'machine-config') machine.setMachine(parseBody(schemas.machineConfig, body));
  else if (resource === 'boot-source') machine.setBoot(parseBody(schemas.bootSource, body));
  else if (resource === 'drives') machine.setDrive(id, parseBody(schemas.drive, body));
  else if (resource === 'vsock') await machine.setVsock(parseBody(schemas.vsock, body));
  else if (resource === 'entropy') {
    parseBody(schemas.entropy, body);
    machine.setEntropy();
  } else if (resource === 'actions') act(machine, parseBody(schemas.action, body).action_type);
  else if (resource === 'snapshot' && id === 'create') {
    const { snapshot_path: state, mem_file_path: memory } = parseBody(schemas.snapshotCreate, body);
    machine.save(state, memory);
  } else if (resource === 'snapshot' && id === 'load') {
    const {
      snapshot_path: state,
      mem_backend,
      mem_file_path,
      resume_vm,
    } = parseBody(schemas.snapshotLoad, body);
    await machine.load(state, mem_backend?.backend_path ?? mem_file_path ?? '', resume_vm);
  } else throw new Fault(`Invalid request method and/or path: PUT ${resource}.`);
  return done;
}

function act(machine: Machine, action: string): void {
  const fault = process.env.STAND_IN_FAULT === 'no-kvm' ? kvmFault : undefined;
  if (action === 'InstanceStart') machine.start(fault);
  else machine.requireRunning();
}

function patch(machine: Machine, path: string, body: string): Answer {
  if (path !== '/vm') throw new Fault(`Invalid request method and/or path: PATCH ${path.slice(1)}.`);
  const { state } = parseBody(schemas.vmState, body);
  if (state === 'Paused') machine.pause();
  else machine.resume();
  return done;
}

export interface About {
  readonly version: string;
  readonly id: string;
}

export async function answerRequest(machine: Machine, request: ApiRequest, about: About): Promise<Answer> {
  const { method, path, body } = request;
  try {
    if (method === 'GET') {
      if (body !== undefined) throw new Fault('GET request cannot have a body.');
      return get(machine, path, about);
    }
    if (method !== 'PUT' && method !== 'PATCH') {
      throw new Fault(`Invalid request method and/or path: ${method} ${path.slice(1)}.`);
    }
    if (body === undefined) throw new Fault(`Empty ${method} request.`);
    return method === 'PUT' ? await put(machine, path, body) : patch(machine, path, body);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const afterwards = error.cause === 'fatal' ? { afterwards: () => process.exit(1) } : {};
    return { status: 400, body: { fault_message: error.message }, ...afterwards };
  }
}
