import { type Availability, PlatformError } from '@duende/core/contract';
import { findSupervisor, type Supervisor, type SupervisorKind } from './supervisor-command.ts';

const perlWarnings = [
  'No prebuilt supervisor is used: each daemon has a Perl process of about 5 MB beside it instead of less than 0.1 MB, memory, CPU, ' +
    'I/O and process limits cannot be set, and a daemon whose supervisor is killed runs on without being watched.',
];

const portableWarnings = [
  'A process that a daemon started can outlive a stop when it was double-forked into a session of its own and has cleared its ' +
    'environment; the macos (launchd) and container platforms know all processes of a daemon.',
];

/** Whether plain processes can be run here, and by which supervisor. */
export async function probeNative(wanted?: SupervisorKind): Promise<Availability> {
  let supervisor: ReturnType<typeof findSupervisor>;
  try {
    supervisor = findSupervisor(wanted);
  } catch (error) {
    if (!PlatformError.isInstance(error)) throw error;
    return { available: false, why: error.message, fix: error.hint ?? 'Unset DUENDE_NATIVE_SUPERVISOR' };
  }
  if (supervisor.kind === 'none') return { available: false, why: supervisor.why, fix: supervisor.fix };
  if (supervisor.kind === 'prebuilt') return { available: true, engine: 'duende-supervise', version: '1' };
  return await probePerl(supervisor);
}

/** A Perl may be there and still lack a module: its supervisor is asked once. */
async function probePerl({ command: [perl = '', ...args], systemCalls }: Supervisor): Promise<Availability> {
  try {
    const [{ execFile }, { promisify }] = await Promise.all([
      import('node:child_process'),
      import('node:util'),
    ]);
    const { stdout } = await promisify(execFile)(perl, [...args, 'version'], {
      env: {},
      cwd: '/',
      timeout: 10_000,
    });
    return {
      available: true,
      engine: 'supervise.pl',
      version: stdout.trim(),
      warnings: systemCalls ? perlWarnings : [...perlWarnings, ...portableWarnings],
    };
  } catch (error) {
    const said = String((error as { stderr?: string }).stderr ?? '').split('\n')[0];
    return {
      available: false,
      why: `${perl} cannot run the supervisor${said ? `: ${said}` : ''}`,
      fix: 'Install a complete perl 5 as /usr/bin/perl, or use another platform (duende doctor lists them)',
    };
  }
}

/** @throws PlatformError NotSupported / unavailable where there is no supervisor. */
export function requireSupervisor(operation: string, wanted?: SupervisorKind): Supervisor {
  const supervisor = findSupervisor(wanted);
  if (supervisor.kind !== 'none') return supervisor;
  throw new PlatformError('NotSupported', `Native daemons cannot run here: ${supervisor.why}`, {
    reason: 'unavailable',
    platform: 'native',
    operation,
    hint: supervisor.fix,
  });
}
